"""Where every inference took as many cycles, that is said instead of statistics of no spread."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from tests.fakes.records import record
from tinylab.export.renderers import renderer
from tinylab.results.record import RunDocument, RunRecord
from tinylab.screens.run_view import _statistics
from tinylab.stats.cycles import summarize


def taking(*cycles: int) -> RunRecord:
    return record(cycles=summarize(np.array(cycles, np.uint64)))


def shown(row: RunRecord, name: str) -> str:
    text = renderer(name)(RunDocument("0.1", "then", (row,)))
    assert isinstance(text, str)
    return text


def page(row: RunRecord) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(_statistics(row))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_no_spread_is_told_in_words() -> None:
    row = taking(*[853_214] * 20)
    assert "every inference took 853,214 cycles" in shown(row, "markdown")
    assert "every inference took 853,214 cycles" in " ".join(shown(row, "table").split())
    html = shown(row, "html")
    assert "every inference took 853,214 cycles" in html
    assert "all alike" in html
    assert "every inference" in page(row)
    assert "853,214 cycles" in page(row)
    assert "stdev" not in page(row)
    assert "p99" not in page(row)


def test_one_inference_shows_no_spread_nor_its_absence() -> None:
    assert "every inference" not in shown(taking(5_000), "markdown")
    assert "one inference" in page(taking(5_000))


def test_a_spread_is_shown_with_the_half_of_a_median() -> None:
    row = taking(10, 11)
    assert "every inference" not in shown(row, "markdown")
    assert "10.5" in shown(row, "html")
    assert "stdev" in page(row)
