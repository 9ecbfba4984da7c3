"""Named baselines in a TOML file that belongs under version control.

A run has a table of its own with a line for each figure and each layer, in a fixed order, so that a
change is a small difference of text. Comments, and the allowances that users write in it, are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tinylab import atomic_files, text_files
from tinylab.errors import InputError, OutputError
from tinylab.plain_files import MIB
from tinylab.results import documents
from tinylab.results.comparison.figures import RunFigures
from tinylab.results.comparison.gate import Allowance

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

SCHEMA = "tinylab.baselines/1"
FILE = "tinylab-baselines.toml"
"""In the current folder, or the nearest above it that has one."""
LARGEST = 16 * MIB
REMEDY = "Correct it, or take it back from version control."


@dataclass(frozen=True)
class Baseline:
    """Runs that later ones are compared with."""

    saved: str
    """ISO 8601, when a run was saved last."""
    tinylab: str
    runs: tuple[RunFigures, ...]


@dataclass(frozen=True)
class BaselinesFile:
    """The content of a file."""

    schema: str
    allowed: tuple[Allowance, ...] = ()
    baselines: Mapping[str, Baseline] = field(default_factory=dict)


def located(folder: Path) -> Path:
    """The file for a command that is given in `folder`; it need not exist."""
    above = (one / FILE for one in (folder, *folder.parents))
    return next((path for path in above if path.is_file()), folder / FILE)


def read(path: Path) -> BaselinesFile:
    """Completely checked. Raises InputError that names the file."""
    try:
        found = documents.convert(BaselinesFile, text_files.read_toml(path, LARGEST), "it")
        _check(found)
    except InputError as error:
        raise _unusable(path, error.message) from error
    return found


def named(path: Path, name: str) -> tuple[Baseline, tuple[Allowance, ...]]:
    """The baseline of that name, and what the file allows. Raises InputError."""
    if not path.exists():
        raise InputError(
            f"There is no baseline {name!r}: no {path.name} in {path.parent} or above it.",
            remedy=f"`tinylab run --save-baseline {name}` saves one.",
        )
    content = read(path)
    if name not in content.baselines:
        known = ", ".join(content.baselines) or "none"
        raise InputError(
            f"{path} has no baseline {name!r}; it has: {known}.",
            remedy=f"`tinylab run --save-baseline {name}` saves one.",
        )
    return content.baselines[name], content.allowed


def save(path: Path, name: str, runs: Sequence[RunFigures], saved: str, tinylab: str) -> None:
    """Puts `runs` into the baseline; others of the same name stay, and so do comments.

    Raises InputError if the file is not one of baselines, OutputError if it cannot be written.
    """
    import tomlkit

    kept: tuple[RunFigures, ...] = ()
    made: TOMLDocument = tomlkit.document()
    if path.exists():
        content = read(path)
        made = tomlkit.parse(text_files.read(path, LARGEST))
        if name in content.baselines:
            fresh = {one.name for one in runs}
            kept = tuple(one for one in content.baselines[name].runs if one.name not in fresh)
    else:
        made["schema"] = SCHEMA
    every = sorted((*kept, *runs), key=lambda one: one.name)
    table = {"saved": saved, "tinylab": tinylab, "runs": [_table(one) for one in every]}
    made.setdefault("baselines", {})[name] = table
    try:
        atomic_files.write(path, tomlkit.dumps(made))
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror}.",
            remedy="The runs are stored: `tinylab history` lists them.",
        ) from error


def _table(run: RunFigures) -> dict[str, Any]:
    """What differs from the defaults, for TOML has no null."""
    defaults = documents.defaults(RunFigures)
    values = documents.as_json(run)
    return {
        name: value
        for name, value in values.items()
        if value is not None and (name not in defaults or value != defaults[name]) and value != {}
    }


def _check(found: BaselinesFile) -> None:
    """Raises InputError for another schema, or figures that no ratio can be made of."""
    if found.schema != SCHEMA:
        raise InputError(f"its schema is {found.schema!r}, and this tinylab reads {SCHEMA!r}")
    for name, baseline in found.baselines.items():
        for run in baseline.runs:
            if not run.comparable:
                raise InputError(f"{run.name} in {name} has no median with its interval")


def _unusable(path: Path, why: str) -> InputError:
    return InputError(f"The baselines in {path} cannot be used: {why.rstrip('.')}.", remedy=REMEDY)
