"""A small library of real music that comes with a package, and a history of who plays what and when."""

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path

import mutagen

QUIET = ("calm_acoustic_1", "calm_acoustic_s411", "tender_acoustic_1", "nostalgic_acoustic_1")
LOUD = ("energetic_electronic_2", "energetic_electronic_s411", "happy_electronic_1", "happy_electronic_s411")
NOT_HEARD = ("calm_acoustic_s522", "happy_electronic_2")


def lay_out_music(folder: Path, require: Callable[[str], None]) -> Path:
    """A folder of ten tracks, tagged with their names; skips the test where they are not to be had."""
    require("demo")
    require("encoder")
    spec = find_spec("immich_memories_music")
    assert spec is not None
    assert spec.origin is not None
    folder.mkdir()
    for source in (Path(spec.origin).parent / "tracks").glob("*/*.opus"):
        if source.stem in (*QUIET, *LOUD, *NOT_HEARD):
            shutil.copyfile(source, folder / source.name)
            file = mutagen.File(folder / source.name)
            file["title"], file["artist"] = source.stem, source.stem.rpartition("_")[0]
            file.save()
    return folder


def write_history(path: Path) -> Path:
    """Quiet music in the evening and loud music in the morning of twelve days, as ListenBrainz exports it."""
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    rows = [
        {
            "listened_at": int((today - timedelta(days=days_ago)).replace(hour=hour).timestamp())
            + 40 * place,
            "track_metadata": {
                "track_name": slug,
                "artist_name": slug.rpartition("_")[0],
                "additional_info": {},
            },
        }
        for days_ago in range(1, 13)
        for hour, slugs in ((7, LOUD), (21, QUIET))
        for place, slug in enumerate(slugs)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
