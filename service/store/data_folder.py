"""The one folder all of a person's data lies in."""

import errno
from pathlib import Path

from service.errors import InvalidRequest, StorageFull
from service.settings import Settings


def prepare_data_folder(settings: Settings) -> None:
    """Make the data folder and what belongs in it, readable by its owner only.

    Raises InvalidRequest (``data_dir_not_a_folder``, ``data_dir_read_only``) or StorageFull.
    """
    data_dir = settings.data_dir
    try:
        for folder in (
            data_dir,
            settings.media_dir,
            settings.index_dir,
            settings.snapshots_dir,
            settings.cache_dir,
            settings.backups_dir,
            settings.uploads_dir,
            settings.scratch_dir,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_writing(data_dir)
    except (FileExistsError, NotADirectoryError) as error:
        raise InvalidRequest(
            f"The data folder {data_dir} is not a folder.", code="data_dir_not_a_folder"
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull(f"The disk that holds {data_dir} is full.") from error
        raise InvalidRequest(
            f"The data folder {data_dir} cannot be written to: {error.strerror}.", code="data_dir_read_only"
        ) from error


def _try_writing(data_dir: Path) -> None:
    # The lock file is wanted anyway, and asking access() would not notice a read-only mount.
    with (data_dir / "opening.lock").open("ab"):
        pass
