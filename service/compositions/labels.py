"""What a composed file says about itself: that it was composed by a machine, for whom, by what, from which seed."""

import io
from dataclasses import dataclass

from mutagen.flac import FLAC, Picture

TRAINED_ALGORITHMIC_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
"""The IPTC's term for media made by a model trained on other media."""

FRONT_COVER = 3  # among the picture types that FLAC takes from ID3


@dataclass(frozen=True)
class Labels:
    """What is written into a composed file; `model` is the version's name and the start of its checksum, `sound` names the instruments' font."""

    title: str
    listener: str
    engine: str
    model: str
    seed: int
    sound: str

    @property
    def artist(self) -> str:
        """Nobody real: the listener's own studio."""
        return studio_of(self.listener)

    @property
    def disclosure(self) -> str:
        """The sentence a person reads."""
        return (
            f"Composed for {self.listener} by Homespun's {self.engine} engine (model {self.model}, seed {self.seed}), "
            "a generative model; no person wrote or played it."
        )


def studio_of(listener: str) -> str:
    """Return the artist under whose name a listener's compositions stand."""
    return f"{listener}'s studio"


def disclosure_for(listener: str) -> str:
    """The sentence where there is room for no more: in lists of music apps."""
    return f"Composed for {listener} by Homespun, a generative model; no person wrote or played it."


def labelled(flac: bytes, labels: Labels, cover_png: bytes) -> bytes:
    """Return the FLAC file with its Vorbis comments and its cover; the sound is untouched.

    The same arguments give the same bytes. Raises mutagen's FLACNoHeaderError for what is no FLAC file.
    """
    buffer = io.BytesIO(flac)
    file = FLAC(buffer)
    file["TITLE"] = labels.title
    file["ARTIST"] = labels.artist
    file["ALBUMARTIST"] = labels.artist
    file["ALBUM"] = f"Composed for {labels.listener}"
    file["GROUPING"] = "ai-generated"
    file["AI_GENERATED"] = "1"
    file["AI_DISCLOSURE"] = labels.disclosure
    file["DIGITALSOURCETYPE"] = TRAINED_ALGORITHMIC_MEDIA
    file["COMMENT"] = labels.disclosure
    file["COMPOSITION_ENGINE"] = labels.engine
    file["COMPOSITION_MODEL"] = labels.model
    file["COMPOSITION_SEED"] = str(labels.seed)
    file["COMPOSITION_SOUND"] = labels.sound
    picture = Picture()
    picture.type = FRONT_COVER
    picture.mime = "image/png"
    picture.width, picture.height, picture.depth = 640, 640, 24
    picture.data = cover_png
    file.clear_pictures()
    file.add_picture(picture)
    buffer.seek(0)
    file.save(buffer)
    return buffer.getvalue()
