import base64
import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from mutagen.flac import Picture
from mutagen.id3 import APIC
from mutagen.mp4 import MP4Cover
from PIL import Image

from service.errors import InvalidRequest
from service.library.covers import MIMETYPE, cover_bytes
from service.library.decoders import decoders
from service.settings import Settings
from service.store.tables import Track
from tests.audio_files import melody, write_audio

RED, GREEN = (220, 20, 20), (20, 200, 20)


def _picture(colour: tuple[int, int, int], size: tuple[int, int] = (700, 500), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


def _track(path: Path, **columns: Any) -> Track:
    values: dict[str, Any] = {"content_hash": "ab" * 16, "modified_ns": 1, "title": "t", "artist": "a"}
    return Track(path=os.fsencode(path), **(values | columns))


def _shown(settings: Settings, track: Track, size: int = 96) -> Image.Image:
    content, mimetype = cover_bytes(settings, track, size)
    assert mimetype == MIMETYPE
    picture = Image.open(io.BytesIO(content))
    assert picture.format == "WEBP"
    return picture.convert("RGB")


def _is_about(picture: Image.Image, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.asarray(picture, float).mean(axis=(0, 1)) - colour).max() < 12)


def _embed(path: Path, content: bytes) -> None:
    file = mutagen.File(path)
    if path.suffix == ".mp3":
        file.tags.add(APIC(mime="image/png", type=4, data=_picture(GREEN)))
        file.tags.add(APIC(mime="image/png", type=3, desc="front", data=content))
    elif path.suffix == ".m4a":
        file["covr"] = [MP4Cover(content)]
    else:
        picture = Picture()
        picture.type, picture.mime, picture.data = 3, "image/png", content
        if path.suffix == ".flac":
            file.add_picture(picture)
        else:
            file["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    file.save()


@pytest.mark.parametrize("suffix", ["mp3", "flac", "ogg", "opus", "m4a"])
def test_the_front_cover_in_the_tags_is_shown_in_small(
    sqlite_settings: Settings, tmp_path: Path, suffix: str
) -> None:
    path = write_audio(tmp_path / f"a.{suffix}", melody(1.0))
    _embed(path, _picture(RED))
    (tmp_path / "cover.jpg").write_bytes(_picture(GREEN, kind="JPEG"))

    small = _shown(sqlite_settings, _track(path))
    large = _shown(sqlite_settings, _track(path), 640)

    assert (small.size, large.size) == ((96, 96), (500, 500))
    assert _is_about(small, RED)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("cover.jpg", "JPEG"), ("folder.jpg", "JPEG"), ("cover.png", "PNG"), ("front.webp", "WEBP")],
)
def test_a_picture_beside_the_file_is_shown(
    sqlite_settings: Settings, tmp_path: Path, name: str, kind: str
) -> None:
    (tmp_path / name).write_bytes(_picture(GREEN, kind=kind))

    assert _is_about(_shown(sqlite_settings, _track(tmp_path / "a.flac")), GREEN)


def test_another_picture_beside_the_file_is_noticed(sqlite_settings: Settings, tmp_path: Path) -> None:
    track = _track(tmp_path / "a.flac")
    drawn = _shown(sqlite_settings, track)
    (tmp_path / "cover.png").write_bytes(_picture(GREEN))
    green = _shown(sqlite_settings, track)
    (tmp_path / "cover.png").write_bytes(_picture(RED))
    os.utime(tmp_path / "cover.png", (5, 5))

    assert not _is_about(drawn, GREEN)
    assert _is_about(green, GREEN)
    assert _is_about(_shown(sqlite_settings, track), RED)


def test_a_cover_is_made_once(sqlite_settings: Settings, tmp_path: Path) -> None:
    track = _track(tmp_path / "a.flac")
    first = cover_bytes(sqlite_settings, track, 96)
    (kept,) = (sqlite_settings.cache_dir / "covers").rglob("*.webp")
    kept.write_bytes(b"kept")

    assert first[0] != b"kept"
    assert cover_bytes(sqlite_settings, track, 96)[0] == b"kept"


def test_tracks_without_a_picture_have_one_drawn_for_their_album(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    def shown(title: str | None, album: str | None, content_hash: str) -> bytes:
        track = _track(tmp_path / "a.flac", title=title, album=album, content_hash=content_hash * 32)
        return cover_bytes(sqlite_settings, track, 320)[0]

    assert shown("one", "Album", "a") == shown("two", "Album", "b")
    assert (
        len({shown(title, None, "c") for title in ("one", "two", "\u202e<script>", "x" * 100_000, None)}) == 5
    )


@pytest.mark.parametrize("size", [0, 1, 95, 97, 100_000, -96])
def test_other_sizes_are_refused(sqlite_settings: Settings, tmp_path: Path, size: int) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        cover_bytes(sqlite_settings, _track(tmp_path / "a.flac"), size)
    assert refusal.value.code == "bad_cover_size"


def _png_of(width: int, height: int) -> bytes:
    """A valid PNG of one colour, small in bytes whatever its size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()])
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"<svg onload='alert(1)'/>",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xe0" + bytes(1_000),
        b"GIF89a" + bytes(100),
        _png_of(40_000, 40_000),
    ],
    ids=["empty", "svg", "broken png", "broken jpeg", "gif", "1.6 billion pixels"],
)
def test_a_hostile_picture_does_no_harm(sqlite_settings: Settings, tmp_path: Path, hostile: bytes) -> None:
    path = write_audio(tmp_path / "a.flac", melody(1.0))
    _embed(path, hostile)
    (tmp_path / "cover.png").write_bytes(hostile)
    before_mb = decoders().peak_memory_mb

    assert _shown(sqlite_settings, _track(path)).size == (96, 96)
    assert decoders().peak_memory_mb < max(before_mb, 60) + 60


def test_pictures_behind_links_and_pipes_are_not_opened(sqlite_settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "private.png").write_bytes(_picture(RED))
    (tmp_path / "music" / "cover.png").symlink_to(tmp_path / "private.png")
    os.mkfifo(tmp_path / "music" / "folder.jpg")

    assert not _is_about(_shown(sqlite_settings, _track(tmp_path / "music" / "a.flac")), RED)


def test_transparent_and_turned_pictures_are_shown_upright_on_a_dark_ground(
    sqlite_settings: Settings, tmp_path: Path
) -> None:
    picture = Image.new("RGBA", (100, 100), (255, 255, 255, 0))
    picture.save(tmp_path / "cover.png")

    assert max(np.asarray(_shown(sqlite_settings, _track(tmp_path / "a.flac"))).mean(axis=(0, 1))) < 60
