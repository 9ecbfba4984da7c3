"""Tests that reach for what is the user's fail, and those that do not have folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.guard import CACHE, ROOT
from tinylab import paths
from tinylab.probe.stlink import attached, libusb

TRESPASSES = """
import ctypes, os, sqlite3, subprocess, sys
from contextlib import suppress
from pathlib import Path
import libusb_package
from conftest import EARLY

USER = Path({user!r})
EMPTY_BUS = "import libusb_package; assert 'no_usb' in libusb_package.__file__"

def test_opens_the_database():
    sqlite3.connect(USER / "named" / "results.sqlite")

def test_writes_into_the_cache():
    (USER / ".cache" / "tinylab" / "file").write_text("x")

def test_reads_another_programs_settings():
    (USER / ".config" / "other").read_text()

def test_makes_a_folder():
    (USER / ".local" / "state" / "tinylab").mkdir(parents=True)

def test_lists_packages():
    os.listdir(USER / ".platformio")

def test_hides_it():
    try:
        open(USER / ".cache" / "file")
    except BaseException:
        pass

def test_starts_a_child_there():
    subprocess.run(["true"], env={{"HOME": str(USER)}})

def test_starts_python_nowhere():
    subprocess.run([sys.executable, "-c", ""], env={{}})

def test_loads_the_usb_library():
    with suppress(OSError):
        ctypes.CDLL("libusb-1.0.so.0")

def test_opens_a_serial_port():
    open("/dev/ttyACM0", "rb")

def test_behaves():
    assert EARLY == Path({cache!r})
    assert Path.home() != USER
    assert "XDG_CACHE_HOME" not in os.environ
    assert not list(libusb_package.find(find_all=True))
    (Path.home() / "file").write_text("x")
    subprocess.run([sys.executable, "-c", EMPTY_BUS], check=True)
"""


def environment(user: Path) -> Mapping[str, str]:
    """A user's, who keeps the results elsewhere."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TINYLAB_", "PYTEST_"))}
    own = {"HOME": user, "XDG_CACHE_HOME": user / ".cache", "TINYLAB_DATA_DIR": user / "named"}
    others = {"PYTHONPATH": ROOT, "TMPDIR": user.parent / "tmp"}
    return kept | {name: str(path) for name, path in (own | others).items()}


def test_each_way_to_what_is_the_users_fails_its_test(tmp_path: Path) -> None:
    user, sample = tmp_path / "user", tmp_path / "here" / "test_sample.py"
    for folder in ("../here", "../tmp", ".cache/tinylab", ".config", "named", ".platformio"):
        (user / folder).mkdir(parents=True)
    (user / ".config" / "other").touch()
    before = sorted(user.rglob("*"))
    sample.write_text(TRESPASSES.format(user=str(user), cache=str(CACHE)))
    early = "from tinylab import paths\nEARLY = paths.cache()\n"
    sample.with_name("conftest.py").write_text(early)
    command = [sys.executable, "-m", "pytest", "-p", "tests.guard", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-q", "-rA", "--rootdir", sample.parent, sample],
        cwd=sample.parent, env=environment(user), capture_output=True, text=True,
    )  # fmt: skip
    ends = [line.split() for line in done.stdout.splitlines() if "::test_" in line]
    failed = {name.partition("::")[2] for how, name, *_ in ends if how == "FAILED"}
    wanted = {line[4:-3] for line in TRESPASSES.splitlines() if line.startswith("def test_")}
    assert failed == wanted - {"test_behaves"}, done.stdout
    assert ["PASSED", "test_sample.py::test_behaves"] in ends
    assert "A test reached what is the user's: sqlite3.connect of" in done.stdout
    assert "A test starts 'true' with the user's home folder." in done.stdout
    assert "A test loaded libusb, which reaches real probes" in done.stdout
    assert "A test opened the real /dev/ttyACM0." in done.stdout
    assert sorted(user.rglob("*")) == before


@pytest.mark.parametrize("place", [paths.data, paths.config, paths.state])
def test_this_tests_folders_are_gone_when_it_is(place: object) -> None:
    assert "tinylab-tests-" in str(place())  # type: ignore[operator]


def test_what_can_be_made_again_is_kept_in_the_checkout() -> None:
    assert paths.cache() == CACHE
    assert CACHE.is_relative_to(ROOT / "build")


def test_no_probe_is_on_the_bus_that_tests_see() -> None:
    assert attached(libusb()) == frozenset()
