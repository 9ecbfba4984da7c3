"""A pytest plugin: tests leave alone what is the user's, and one that does not fails.

Tests and their children get folders of their own, a home folder among them, and a USB bus with
no devices. What can be made again (images, parsed models, compiled hooks) is kept in the
checkout from one run to the next, and shared by all processes of a run.

With `--probe` the user's probe is meant: its lock and its board's file are where they are.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import platformdirs
import pytest

from tests.no_usb import libusb_package as empty_bus

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / "build" / "test-cache"
NO_USB = Path(__file__).with_name("no_usb")
USERS = {
    "TINYLAB_CACHE_DIR": platformdirs.user_cache_dir,
    "TINYLAB_DATA_DIR": platformdirs.user_data_dir,
    "TINYLAB_CONFIG_DIR": platformdirs.user_config_dir,
    "TINYLAB_STATE_DIR": platformdirs.user_state_dir,
}
WITH_A_PROBE = ("TINYLAB_CACHE_DIR", "TINYLAB_DATA_DIR")
"""The folders that tests have for themselves even on a real probe."""
OTHERS = (".platformio", ".keras", ".pyocd")
"""In the home folder: what the libraries we use keep there."""
DEVICES = ("/dev/bus/usb/", "/dev/ttyACM", "/dev/ttyUSB", "/dev/cu.")
FILE_EVENTS = {"open", "sqlite3.connect", "glob.glob"} | {
    *("os.mkdir", "os.listdir", "os.scandir", "os.remove", "os.rename", "os.rmdir", "os.link"),
    *("os.symlink", "os.chmod", "os.utime", "os.truncate"),
}
"""Audit events of Python whose arguments are paths."""
GUARD = pytest.StashKey["Guard"]()


@dataclass
class Guard:
    """What is not to be reached: `users`, `homes` but for `open` in them, devices, libusb.

    All are folders with a separator at the end. `home` is the user's home folder; no child may
    have it for its own. `touched` is what was tried since it was last emptied.
    """

    users: tuple[str, ...]
    homes: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    home: str | None = None
    devices: bool = True
    touched: list[str] = field(default_factory=list)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit hook. Raises pytest's failure, which no `except Exception` keeps back."""
        if event in FILE_EVENTS:
            for argument in arguments:
                if isinstance(argument, str | bytes | os.PathLike) and self._is_users(argument):
                    self._refuse(f"A test reached what is the user's: {event} of {argument!r}.")
            if event == "open" and self.devices and str(arguments[0]).startswith(DEVICES):
                self._refuse(f"A test opened the real {arguments[0]}.")
        elif event == "ctypes.dlopen" and self.devices and "libusb" in str(arguments[0]):
            self._refuse("A test loaded libusb, which reaches real probes; see tests/guard.py.")
        elif event == "subprocess.Popen" and self.home is not None:
            program, _, _, given = arguments
            home = _home_of(os.environ if given is None else given)
            if home == self.home or (home is None and _is_python(program)):
                self._refuse(f"A test starts {program!r} with the user's home folder.")

    def _is_users(self, path: str | bytes | os.PathLike[str]) -> bool:
        name = os.fsdecode(path)
        if name.startswith("file:"):  # SQLite's
            name = unquote(urlsplit(name).path)
        place = os.path.abspath(name) + os.sep
        if not place.startswith(self.users + self.homes) or place.startswith(_folder(CACHE)):
            return False
        return place.startswith(self.users) or not place.startswith(self.open)

    def _refuse(self, message: str) -> None:
        self.touched.append(message)
        raise pytest.fail.Exception(message)


def _is_python(program: str | bytes | os.PathLike[str]) -> bool:
    """Without HOME it asks the system where the user's home folder is."""
    return Path(os.fsdecode(program)).name.startswith(("python", "tinylab"))


def _home_of(environment: Mapping[Any, Any]) -> str | None:
    home = environment.get("HOME")
    return None if home is None else _folder(os.fsdecode(home))


def _folder(path: str | Path) -> str:
    return os.path.abspath(path) + os.sep


def _folders(paths: Iterable[str | Path]) -> tuple[str, ...]:
    """Each also as it is without symbolic links."""
    return tuple({_folder(one) for path in paths for one in (path, os.path.realpath(path))})


def of_this_user(variables: Iterable[str]) -> Guard:
    """Guards the folders of tinylab that `variables` name, and all that is beside them."""
    named = [os.environ.get(name) or USERS[name]("tinylab") for name in variables]
    beside = [USERS[name]() for name in variables]
    others = [Path.home() / name for name in OTHERS]
    python = [sys.prefix, sys.base_prefix, *filter(None, sys.path), tempfile.gettempdir()]
    users = tuple(one for one in _folders(named) if one != _folder(CACHE))
    return Guard(users, _folders([*beside, *others]), _folders([ROOT, *python]))


def _share_a_cache() -> None:
    """Before anything of tinylab is imported: some of it asks for its folder then."""
    os.environ["TINYLAB_CACHE_DIR"] = str(CACHE)
    if "numba" not in sys.modules:
        os.environ.pop("NUMBA_CACHE_DIR", None)


USER, USER_WITH_A_PROBE = of_this_user(USERS), of_this_user(WITH_A_PROBE)
_share_a_cache()


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("dist", "no") != "no":
        return  # the tests are in other processes, which find the user's folders as we do
    probe = config.getoption("probe", None) is not None
    guard = USER_WITH_A_PROBE if probe else USER
    own = Path(tempfile.mkdtemp(prefix="tinylab-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
    for name in WITH_A_PROBE if probe else USERS:
        if name != "TINYLAB_CACHE_DIR":
            os.environ[name] = str(own / name.split("_")[1].lower())
    if probe:
        guard.devices = False
    else:
        _move_house(guard, own / "home")
    config.stash[GUARD] = guard
    sys.addaudithook(guard)


def _move_house(guard: Guard, home: Path) -> None:
    """This process and its children live in `home`, where nothing is on the USB bus."""
    guard.home = _folder(Path.home())
    home.mkdir()
    os.environ["HOME"] = str(home)
    for name in [name for name in os.environ if name.startswith("XDG_")]:
        del os.environ[name]
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join([str(NO_USB), *([before] if before else [])])
    # Somebody may have imported the real package already.
    for name in ("get_libusb1_backend", "find"):
        setattr(importlib.import_module("libusb_package"), name, getattr(empty_bus, name))


@pytest.hookimpl(wrapper=True)
def _watched(item: pytest.Item) -> Iterator[None]:
    """Fails a test that reached what is the user's where nobody saw it, as in a thread."""
    touched = item.config.stash[GUARD].touched
    try:
        yield
        if touched:
            pytest.fail("\n".join(touched), pytrace=False)
    finally:
        touched.clear()


pytest_runtest_setup = pytest_runtest_call = pytest_runtest_teardown = _watched
