"""The same as the command, from Python: `import tinylab; tinylab.run(models="house_price")`.

Works in scripts and notebooks. Everything raises `TinylabError` with a message and a remedy where
the command prints them.
"""

from __future__ import annotations

import argparse
import threading
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, overload

from tinylab import paths, text_files
from tinylab.bench.plan.events import Event
from tinylab.bench.session.session_results import SessionResults, bench_session
from tinylab.cli.files import result_files
from tinylab.cli.request import plan_of
from tinylab.cli.stored.baseline import LARGEST
from tinylab.cli.stored.export import document_of
from tinylab.cli.stored.selection import runs_of
from tinylab.errors import InputError
from tinylab.export import html_report, text_table
from tinylab.options.combinations import check_together
from tinylab.options.option import RUN, Option
from tinylab.options.table import of_command
from tinylab.results.comparison.comparison import Comparison, valid_figures
from tinylab.results.comparison.comparison import compare as compare_figures
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.store import Store

if TYPE_CHECKING:
    import pandas as pd

Names = str | Path | Sequence[str | Path]


@dataclass(frozen=True)
class Runs(Sequence[RunRecord]):
    """Measured runs: a sequence of records, as the document `tinylab.run/1` has them."""

    document: RunDocument

    @overload
    def __getitem__(self, index: int) -> RunRecord: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[RunRecord]: ...

    def __getitem__(self, index: int | slice) -> RunRecord | Sequence[RunRecord]:
        return self.document.rows[index]

    def __len__(self) -> int:
        return len(self.document.rows)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Runs without a result, with their errors."""
        return self.document.failures

    def to_pandas(self) -> pd.DataFrame:
        """A row for each run; columns as in the JSON document, `cycles.median`; units are in the
        names. Raises InputError if pandas is not installed.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise InputError(
                "pandas is not installed.", remedy="`pip install pandas` installs it."
            ) from error
        return pd.json_normalize([row.to_json() for row in self])

    def save(self, file: str | Path) -> None:
        """Writes .json, .csv, .md, .html, .xml, .svg or .png, as `tinylab run -o` does.

        Raises InputError for another format, OutputError.
        """
        name = str(file)
        picture = name.lower().endswith((".svg", ".png"))
        outputs, screenshot = ((), name) if picture else ((name,), None)
        for result in result_files(outputs, screenshot, "light"):
            result.write(self.document)

    def __str__(self) -> str:
        return text_table.render_text(self.document)

    def _repr_html_(self) -> str:
        """For notebooks: the two tables."""
        return html_report.render_tables(self.document)


def run(
    models: Names = (),
    on: str | Sequence[str] = (),
    *,
    listen: Callable[[Event], None] | None = None,
    **options: object,
) -> Runs:
    """Measures every model on every board at every clock, and stores the runs.

    `models`: names of the catalogue or files; none: all of the catalogue. `on`: boards as `--on`
    takes them, `sim:nucleo_wb55rg@48,64`; none: every attached one, or the study's virtual ones.
    `options` are those of `tinylab run` by name: `inferences=100`, `optimize="speed"`,
    `place="weights=dtcm"`, `data="houses.csv"`, `runtime="both"`. `listen` is called with each
    event while it measures. A run that fails is in `Runs.failures`, and a warning tells; if none
    has a result, its error is raised. Raises TypeError for an unknown option, TinylabError.
    """
    arguments = _arguments({"model": models, "on": on} | options)
    results = SessionResults(plan_of(arguments))
    with Store.open(paths.results_database()) as store:
        store.begin_session()
        for event in bench_session(results.plan, store, threading.Event()):
            results.take(event)
            if listen is not None:
                listen(event)
    if results.not_stored is not None:
        warnings.warn(str(results.not_stored), stacklevel=2)
    found = Runs(results.document())
    for failed in results.failures():
        if not found:
            raise failed.error
        where = f"{failed.job.model} on {failed.job.station.label}"
        warnings.warn(f"{where}: {failed.error}", stacklevel=2)
    return found


def load(*names: str | Path) -> Runs:
    """Stored runs by number, tag, `last` or `last~1`; or a .json file of results.

    Raises InputError if there is no such run, or the file cannot be used.
    """
    files = [one for one in map(str, names) if one.lower().endswith(".json")]
    if files and len(names) > 1:
        raise InputError("A file of results is loaded alone.", remedy="Call load for each file.")
    if files:
        path = Path(files[0]).expanduser()
        return Runs(RunDocument.parse(text_files.read(path, LARGEST), str(path)))
    with Store.reading(paths.results_database()) as store:
        runs = runs_of(store, [str(one) for one in names] or ["last"])
        return Runs(document_of(runs, store))


def compare(now: Runs, before: Runs, *, unlike: bool = False) -> tuple[Comparison, ...]:
    """Each valid run of `now` beside the run of `before` that is most like it: cycles, ratio with
    interval or "same", what differs in how they were made, layers.

    Raises InputError if there is nothing to compare, or if they are of other networks or types and
    `unlike` is not set.
    """
    ours, theirs = valid_figures(now.document), valid_figures(before.document)
    return compare_figures(ours, theirs, unlike=unlike)


def _arguments(values: dict[str, object]) -> argparse.Namespace:
    """As the command line has them. Raises TypeError and InputError."""
    known = {name: one for name, one in of_command(RUN).items() if name not in _NOT_HERE}
    for name in values:
        if name not in known:
            names = ", ".join(["models", *list(known)[1:]])
            raise TypeError(f"run() has no option {name!r}; it has {names}")
    given: dict[str, object] = {}
    for name, value in values.items():
        found = _checked(known[name], value)
        if found != known[name].default:
            given[name] = found
    check_together(known, given)
    defaults = {one.name: one.default for one in of_command(RUN).values()}
    return argparse.Namespace(command=RUN, given=frozenset(given), **{**defaults, **given})


_NOT_HERE = frozenset(
    {
        *("format", "output", "profile", "screenshot", "picture_theme"),  # `Runs` has them
        *("baseline", "save_baseline", "max_regress", "like"),  # commands
        *("protocol", "image", "baud", "time_limit_s"),
        "json",
    }
)
"""Options of the command that `run` does not take."""


def _checked(option: Option, value: object) -> object:
    """Also a single value of an option that may be repeated, and a path as text."""
    if option.repeated:
        every = (value,) if isinstance(value, str | Path) else tuple(value)  # type: ignore[arg-type]
        return tuple(option.check(str(one), option.name) for one in every)
    if option.kind is Path and isinstance(value, str):
        value = Path(value).expanduser()
    return option.check(value, option.name)  # type: ignore[arg-type]
