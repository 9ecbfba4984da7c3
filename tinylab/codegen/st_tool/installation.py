"""The installations of ST's tool on this machine, and the one to use."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tinylab.codegen.cubeai.version import Version
from tinylab.codegen.st_tool import search_paths
from tinylab.codegen.st_tool.executable_query import query
from tinylab.codegen.st_tool.version import ToolVersion, parse_version
from tinylab.errors import InputError, NoTool

OPTION = "--st-tool"
HOW_TO_GET = (
    "It is available at www.st.com (ST Edge AI Core, or the pack X-CUBE-AI of CubeMX). "
    "--cubeai-dir uses code generated elsewhere; `--runtime tinylab` does not need the tool."
)
LONGEST_WORDS = 80


@dataclass(frozen=True)
class Installation:
    """An executable that may be ST's tool. If `problem` is None, it is, with known `version`."""

    executable: Path
    version: ToolVersion | None = None
    problem: NoTool | None = None

    @property
    def middlewares(self) -> Path | None:
        """Its `Middlewares/ST/AI`, with the folders `Inc` and `Lib`; None if there is none."""
        return search_paths.middlewares(self.executable)

    @property
    def root(self) -> Path | None:
        """The installation's folder."""
        return self.middlewares.parents[2] if self.middlewares else None


def find(cancelled: Callable[[], bool] = lambda: False) -> list[Installation]:
    """All installations on this machine, newest first, unusable ones last.

    Each is started once to read its version. Raises Interrupted when cancelled.
    """
    known: dict[Path, Installation] = {}
    for executable in _candidates():
        if (real := executable.resolve()) not in known:
            known[real] = inspect(executable, cancelled)
    return sorted(known.values(), key=_rank, reverse=True)


def choose(named: str | None = None, cancelled: Callable[[], bool] = lambda: False) -> Installation:
    """The one named by `--st-tool` or by a variable of `search_paths.VARIABLES`, else the newest.

    `named` is an executable or the folder of an installation. Raises InputError when it is
    neither, NoTool when none is found or usable, Interrupted when cancelled.
    """
    executable = _pinned(named)
    found = find(cancelled) if executable is None else [inspect(executable, cancelled)]
    if not found:
        raise none_here()
    if found[0].problem is not None:
        raise found[0].problem
    return found[0]


def locate(named: str | None = None) -> Path | None:
    """An executable that `choose` may select; None if there is none. Starts no process.

    Raises InputError when `named` is not one, NoTool when a variable's folder has none.
    """
    return _pinned(named) or next(_candidates(), None)


def check(named: str | None = None) -> None:
    """Raises the error of `choose` if there is no executable. Starts no process."""
    if locate(named) is None:
        raise none_here()


def inspect(executable: Path, cancelled: Callable[[], bool]) -> Installation:
    """That executable with its version or its problem."""
    if not os.access(executable, os.X_OK):
        problem = NoTool(f"{executable} is not executable.", remedy=f"Run chmod +x '{executable}'.")
        return Installation(executable, problem=problem)
    try:
        printed = query(executable, "--version", cancelled, lambda text: bool(parse_version(text)))
    except NoTool as error:
        error.remedy = f"Reinstall it, or name another one with {OPTION}."
        return Installation(executable, problem=error)
    version = parse_version(printed)
    if version is not None:
        return Installation(executable, version)
    words = printed.strip().partition("\n")[0][:LONGEST_WORDS] or "nothing"
    problem = NoTool(
        f"{executable} does not report a version of ST's tool; it printed '{words}'.",
        remedy=f"Name ST's tool with {OPTION}. {HOW_TO_GET}",
        details=printed,
    )
    return Installation(executable, problem=problem)


def _pinned(named: str | None) -> Path | None:
    """The executable that the option or a variable names; None if neither is set."""
    if named:
        if (executable := _at(named)) is None:
            raise InputError(
                f"There is neither stedgeai nor stm32ai at {named}.",
                remedy=f"{OPTION} takes the executable, or the folder of an installation.",
            )
        return executable
    for variable in search_paths.VARIABLES:
        if folder := os.environ.get(variable):
            if (executable := _at(folder)) is None:
                raise NoTool(
                    f"There is neither stedgeai nor stm32ai in {folder} (from {variable}).",
                    remedy=f"Correct {variable}, unset it, or name the tool with {OPTION}.",
                )
            return executable
    return None


def _at(text: str) -> Path | None:
    with suppress(OSError, RuntimeError, ValueError):  # unknown user, path too long, NUL in it
        path = Path(text).expanduser().absolute()
        return path if path.is_file() else search_paths.in_folder(path)
    return None


def _candidates() -> Iterator[Path]:
    for variable in search_paths.VARIABLES:
        executable = _at(os.environ[variable]) if os.environ.get(variable) else None
        if executable is not None:
            yield executable
    yield from search_paths.on_path()
    yield from search_paths.usual()


def none_here() -> NoTool:
    """The error when there is no installation."""
    return NoTool("ST's code generator is not installed.", remedy=HOW_TO_GET)


def _rank(one: Installation) -> tuple[bool, Version]:
    return one.problem is None, one.version.pack if one.version else Version(0, 0)
