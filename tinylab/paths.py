"""Where things are: what travels with the package, and what tinylab keeps for the user.

The user's folders are made when they are asked for; OutputError says that one cannot be.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import platformdirs

from tinylab.errors import OutputError

PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """A folder that travels with tinylab: `models` or `platformio_projects`.

    In a checkout it stands beside the package, in an installed wheel inside it.
    """
    inside = PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def models() -> Path:
    return shipped("models")


def platformio_projects() -> Path:
    return shipped("platformio_projects")


def cache() -> Path:
    """Things that can be made again: images, parsed models, PlatformIO's own folder.

    `TINYLAB_CACHE_DIR` overrides the user's cache folder.
    """
    return _own("TINYLAB_CACHE_DIR", platformdirs.user_cache_dir)


def data() -> Path:
    """Things that cannot be made again: the results database.

    `TINYLAB_DATA_DIR` overrides the user's data folder.
    """
    return _own("TINYLAB_DATA_DIR", platformdirs.user_data_dir)


def config() -> Path:
    """What the user has set. `TINYLAB_CONFIG_DIR` overrides the user's configuration folder."""
    return _own("TINYLAB_CONFIG_DIR", platformdirs.user_config_dir)


def state() -> Path:
    """What is true for the moment: which process has which probe.

    `TINYLAB_STATE_DIR` overrides the user's state folder.
    """
    return _own("TINYLAB_STATE_DIR", platformdirs.user_state_dir)


def boards() -> Path:
    """Boards that the user has described. It is there only if the user made it."""
    return _place("TINYLAB_CONFIG_DIR", platformdirs.user_config_dir) / "boards"


def results_database() -> Path:
    return data() / "results.sqlite"


def _place(variable: str, usual: Callable[[str], str]) -> Path:
    named = os.environ.get(variable)
    return Path(named) if named else Path(usual("tinylab"))


def _own(variable: str, usual: Callable[[str], str]) -> Path:
    """A folder of the user's, made if it is not there. Raises OutputError if it cannot be."""
    folder = _place(variable, usual)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} cannot be created: {error.strerror or error}.",
            remedy=f"Make its parent folder writable, or set another folder in {variable}.",
        ) from error
    return folder
