"""Locations: folders of the package, and the user's folders.

The user's folders are created on request; OutputError is raised if one cannot be.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from tinylab.errors import OutputError

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """A folder of the package: `models` or `platformio_projects`.

    In a checkout it is next to the package, in an installed wheel inside it.
    """
    inside = PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def models() -> Path:
    return shipped("models")


def platformio_projects() -> Path:
    return shipped("platformio_projects")


def cache() -> Path:
    """Files that can be generated again: images, parsed models, PlatformIO's own folder.

    `TINYLAB_CACHE_DIR` overrides the user's cache folder.
    """
    return _own("TINYLAB_CACHE_DIR", platformdirs.user_cache_dir)


def data() -> Path:
    """Files that cannot be generated again: the results database.

    `TINYLAB_DATA_DIR` overrides the user's data folder.
    """
    return _own("TINYLAB_DATA_DIR", platformdirs.user_data_dir)


def config() -> Path:
    """The user's settings. `TINYLAB_CONFIG_DIR` overrides the user's configuration folder."""
    return _own("TINYLAB_CONFIG_DIR", platformdirs.user_config_dir)


def state() -> Path:
    """Temporary state: which process uses which probe.

    `TINYLAB_STATE_DIR` overrides the user's state folder.
    """
    return _own("TINYLAB_STATE_DIR", platformdirs.user_state_dir)


def boards() -> Path:
    """Boards that the user has described. It exists only if the user created it."""
    return _place("TINYLAB_CONFIG_DIR", platformdirs.user_config_dir) / "boards"


def results_database() -> Path:
    return data() / "results.sqlite"


def _place(variable: str, usual: Callable[[str], str]) -> Path:
    named = os.environ.get(variable)
    # Absolute, because the programs that use it run in other folders.
    return Path(named or usual("tinylab")).absolute()


def _own(variable: str, usual: Callable[[str], str]) -> Path:
    """A folder of the user's, created if it does not exist. Raises OutputError if it cannot be."""
    folder = _place(variable, usual)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be created: {error.strerror or error}.",
            remedy=_remedy(folder, error, variable),
        ) from error
    return folder


def _remedy(folder: Path, error: OSError, variable: str) -> str:
    """What prevents the creation of `folder`, and what helps."""
    other = f"ame another folder in {variable}."
    steps = [step for step in (folder, *folder.parents) if os.path.lexists(step)]
    if isinstance(error, FileExistsError | NotADirectoryError):
        blocking = next((step for step in steps if not os.path.isdir(step)), folder)
        return f"{blocking} is not a folder. N{other}"
    if isinstance(error, PermissionError):
        return f"Make {steps[0] if steps else folder.parent} writable for you, or n{other}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"Free some space there, or n{other}"
    return f"N{other}"
