"""Archives of a composition: a sound for each row, or the piece at three intensities, every file labelled."""

import io
import zipfile
from dataclasses import replace

import numpy as np

from generator.editing.layers import arousal_layers
from generator.editing.sounding import master_piece, render_piece, render_row_by_row
from generator.editing.written import Written
from generator.sound.rendering import SYNTHESIS_RATE, notes_to_midi
from service.audio import flac_bytes
from service.compositions.labels import Labels, labelled
from service.operations.job_queue import Report


def stems_archive(written: Written, seed: int, labels: Labels, cover: bytes, report: Report) -> bytes:
    """Return a zip of a FLAC file for each row, which together are the piece before it was mastered, and the notes."""
    report(0.1, "playing row by row")
    stems = render_row_by_row(written, np.random.default_rng([seed, 2]))
    files = {f"{row}.flac": _flac(sound, labels, row, cover) for row, sound in stems.items()}
    return _zipped({**files, "notes.mid": _midi(written, labels)})


def layers_archive(written: Written, seed: int, labels: Labels, cover: bytes, report: Report) -> bytes:
    """Return a zip of a FLAC file and the notes of each layer; their bars are equally long."""
    files = {}
    layers = arousal_layers(written)
    for number, (name, layer) in enumerate(layers.items()):
        report(0.1 + 0.8 * number / len(layers), f"playing it {name}")
        sound = master_piece(layer, render_piece(layer, np.random.default_rng([seed, 2])))
        files[f"{name}.flac"] = _flac(sound, labels, name, cover)
        files[f"{name}.mid"] = _midi(layer, labels)
    return _zipped(files)


def _flac(sound: np.ndarray, labels: Labels, name: str, cover: bytes) -> bytes:
    named = replace(labels, title=f"{labels.title} ({name})")
    return labelled(flac_bytes(sound, SYNTHESIS_RATE), named, cover)


def _midi(written: Written, labels: Labels) -> bytes:
    return notes_to_midi(written.notes, labels.title, comment=labels.disclosure)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    # FLAC does not compress again.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()
