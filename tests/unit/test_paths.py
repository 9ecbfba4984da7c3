"""The user's folders, above all those that cannot be made."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from tinylab import paths
from tinylab.cli.main import main
from tinylab.errors import ExitCode, OutputError

FOLDERS: dict[str, Callable[[], Path]] = {
    "TINYLAB_CACHE_DIR": paths.cache,
    "TINYLAB_DATA_DIR": paths.data,
    "TINYLAB_CONFIG_DIR": paths.config,
    "TINYLAB_STATE_DIR": paths.state,
}


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_folder_is_made_where_its_variable_says(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(tmp_path / "a" / "b"))
    assert FOLDERS[variable]() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()


@pytest.mark.parametrize("variable", FOLDERS)
def test_a_folder_that_cannot_be_made_names_its_variable(
    variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "x"))
    with pytest.raises(OutputError, match="cannot be created: Not a directory") as caught:
        FOLDERS[variable]()
    assert str(tmp_path / "file" / "x") in caught.value.message
    assert variable in caught.value.remedy


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (PermissionError(errno.EACCES, ""), "Make {tmp} writable for you, or name another folder"),
        (OSError(errno.ENOSPC, ""), "Free some space there, or name another folder"),
        (OSError(errno.EROFS, ""), "Name another folder in TINYLAB_DATA_DIR."),
        (OSError(errno.ENAMETOOLONG, ""), "Name another folder in TINYLAB_DATA_DIR."),
    ],
)
def test_the_remedy_fits_the_reason(
    error: OSError, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "a" / "b"))
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(OutputError) as caught:
        paths.data()
    assert caught.value.remedy.startswith(remedy.format(tmp=tmp_path))


@pytest.mark.parametrize("below", ["file", "file/x/y", "broken/x"])
def test_what_stands_where_the_folder_should_be_is_named(
    below: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "broken").symlink_to(tmp_path / "none" / "file")
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / below))
    with pytest.raises(OutputError) as caught:
        paths.data()
    blocking = tmp_path / below.partition("/")[0]
    assert caught.value.remedy.startswith(f"{blocking} is not a folder. Name another folder in")


@pytest.mark.parametrize("command", [["history"], ["export", "last"], ["--headless"]])
def test_commands_without_a_place_for_results_say_so(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_DATA_DIR", str(tmp_path / "file"))
    assert main(command) == ExitCode.INPUT
    said = capsys.readouterr().err
    assert "Internal error in tinylab" not in said
    assert "TINYLAB_DATA_DIR" in said


def test_a_model_without_a_place_for_the_cache_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path / "file" / "x"))
    assert main(["models", "house_price"]) == ExitCode.INPUT
    assert "TINYLAB_CACHE_DIR" in capsys.readouterr().err
