"""What of the user's environment the programs get that tinylab runs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tinylab import child_environment
from tinylab.build import platformio_run
from tinylab.codegen.st_tool import tool_process

OF_THE_USER = (
    "CPATH", "CFLAGS", "GCC_EXEC_PREFIX", "PLATFORMIO_BUILD_FLAGS", "SCONSFLAGS", "MAKEFLAGS",
    "PYTHONPATH", "PYTHONHOME", "PYTHONEXEPATH", "LD_PRELOAD", "SOURCE_DATE_EPOCH",
)  # fmt: skip


@pytest.fixture(autouse=True)
def hostile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OF_THE_USER:
        monkeypatch.setenv(name, "/of/the/user")
    monkeypatch.setenv("PATH", "/bin")
    monkeypatch.setenv("HOME", "/home/me")


def call(place: Path) -> platformio_run.Call:
    return platformio_run.Call(place, "board", place, Path("/opt/bin/gcc"), place / "log", 3)


def test_where_programs_are_is_passed_on_and_what_changes_them_is_not() -> None:
    environment = child_environment.minimal(OWN="1")
    assert {"PATH": "/bin", "HOME": "/home/me", "OWN": "1"}.items() <= environment.items()
    assert not environment.keys() & {*OF_THE_USER}


def test_a_build_gets_nothing_of_the_users_that_changes_it(tmp_path: Path) -> None:
    environment = platformio_run._environment(call(tmp_path))
    assert "/of/the/user" not in environment.values()
    assert environment["TINYLAB_ARM_TOOLCHAIN"] == "/opt/bin"


def test_where_only_pythonpath_leads_to_platformio_it_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = os.pathsep.join([str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", named)
    assert platformio_run._environment(call(tmp_path))["PYTHONPATH"] == named


def test_sts_tool_gets_nothing_of_the_users_that_changes_it(tmp_path: Path) -> None:
    environment = tool_process._environment(Path("/opt/stm32ai"), tmp_path)
    assert "/of/the/user" not in environment.values()
    assert environment["X_CUBE_AI_DIR"] == str(tmp_path)
