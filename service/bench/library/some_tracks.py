"""Some tracks of a folder, spread over it, as links in a folder of their own."""

import os
from pathlib import Path

from service.audio import AudioError, DecoderPool
from service.audio_decoder.identity import SHORTEST_SECONDS
from service.errors import InvalidRequest
from service.library.folder_walk import walk_folder

_GOLDEN_SHARE = (5**0.5 - 1) / 2


def link_some_tracks(folder: Path, links: Path, limit: int) -> int:
    """Links at most so many files that last long enough for a track; gives how many.

    They are the same each time. Raises InvalidRequest (``nothing_to_hear``) where there is none.
    """
    links.mkdir(parents=True)
    found = [file.path for file in walk_folder(os.fsencode(folder)).files]
    # Steps of the golden section meet every part of the folder evenly, however many are wanted.
    spread = sorted(range(len(found)), key=lambda place: place * _GOLDEN_SHARE % 1.0)
    linked = 0
    with DecoderPool(1) as pool:
        for place in spread:
            if linked == limit:
                break
            try:
                lasts = pool.probe(found[place]).duration_seconds
            except AudioError:
                continue
            if lasts >= SHORTEST_SECONDS:
                name = f"{linked:05}-{place}{Path(os.fsdecode(found[place])).suffix}"
                (links / name).symlink_to(os.fsdecode(os.path.realpath(found[place])))
                linked += 1
    if not linked:
        raise InvalidRequest("There is no track in that folder.", code="nothing_to_hear")
    return linked
