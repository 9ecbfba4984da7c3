"""Exports of runs whose names are hostile: each can be parsed, and no name acts anywhere."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings

from tests import hostile_text
from tests.fakes.records import changed, failure, record
from tests.unit.test_display_text import hidden
from tests.unit.test_schemas import firmware_document
from tinylab.export import firmware_report
from tinylab.export.csv_text import safe_cell
from tinylab.export.renderers import renderer
from tinylab.options import formats
from tinylab.results.error_record import ErrorRecord
from tinylab.results.firmware_record import FirmwareDocument
from tinylab.results.record import RunDocument

TEXTS = [row.name for row in formats.FORMATS if row.text]
CELL_END = re.compile(r"(?<!\\)(?:\\\\)*\|")
EXAMPLES = settings(max_examples=40)


def document(name: str) -> RunDocument:
    """A run and a failure with that name wherever a name can come from elsewhere."""
    names = {"model": name, "title": name, "board": name, "serial": name, "runtime_version": name}
    measured = changed(record(), **names, simulated=False, warnings=(name,), toolchain=name)
    failed = changed(failure(), **names)
    error = ErrorRecord(5, name, remedy=name, details=name, kind="link", fields={"probe": name})
    return RunDocument("0", "2025", (measured,), (replace(failed, error=error),))


def firmware(name: str) -> FirmwareDocument:
    made = firmware_document(ErrorRecord(6, name, remedy=name, details=name))
    [run] = made.runs
    assert run.function is not None
    assert run.mlperf is not None
    assert run.why is not None
    functions = tuple(replace(one, name=name) for one in run.why.functions)
    named = replace(
        run,
        board=name,
        serial=name,
        serial_text=name,
        warnings=(name,),
        image=replace(run.image, file=name),
        function=replace(run.function, name=name),
        why=replace(run.why, functions=functions),
        mlperf=replace(run.mlperf, name=name, model=name),
        unknown_registers=tuple(replace(one, place=name) for one in run.unknown_registers),
    )
    return replace(made, runs=(named,))


def drawn(format_name: str, name: str) -> str:
    text = renderer(format_name)(document(name))
    assert isinstance(text, str)
    return text


def rows_of(text: str) -> list[list[str]]:
    """The rows, after a check that each is a line, and none longer than the heading."""
    rows = list(csv.reader(io.StringIO(text), strict=True))
    assert len(rows) == text.count("\n")
    assert {len(row) for row in rows} == {len(rows[0])}
    return rows


def assert_nothing_runs(rows: list[list[str]]) -> None:
    for cell in (cell for row in rows for cell in row):
        number = re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?", cell, re.IGNORECASE)
        assert number or cell.lstrip()[:1] not in tuple("=+-@"), cell


def assert_tables_are_even(text: str) -> None:
    """In each Markdown table all rows have as many cells."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert tables
    for table in tables:
        assert len({len(CELL_END.findall(line)) for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize("format_name", TEXTS)
@given(name=hostile_text.names)
@EXAMPLES
def test_no_text_holds_a_hidden_sign(format_name: str, name: str) -> None:
    assert not hidden(drawn(format_name, name), but="\n")


@given(hostile_text.names)
@EXAMPLES
def test_json_is_exact(name: str) -> None:
    found = json.loads(drawn("json", name))
    assert found["rows"][0]["title"] == name
    assert found["failures"][0]["message"] == name


@given(hostile_text.names)
@EXAMPLES
def test_csv_has_a_line_for_each_run_and_no_formula(name: str) -> None:
    rows = rows_of(drawn("csv", name))
    assert len(rows) == 3
    assert_nothing_runs(rows)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("-2+3", "'-2+3"),
        (" @SUM(A1)", "' @SUM(A1)"),
        ("＝1", "'＝1"),
        ("\t=1", r"\t=1"),
        ("-inf", "'-inf"),
        ("-12.5e-3", "-12.5e-3"),
        ("+7", "+7"),
        ("name", "name"),
        ("", ""),
        (" ", " "),
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_text(text: str, cell: str) -> None:
    assert safe_cell(text) == cell


@given(hostile_text.names)
@EXAMPLES
def test_markdown_tables_stay_tables(name: str) -> None:
    assert_tables_are_even(drawn("markdown", name))


@given(hostile_text.names)
@EXAMPLES
def test_html_shows_the_name_and_nothing_of_it_is_a_tag(name: str) -> None:
    tags: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(drawn("html", name))
    parser.close()
    plain: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: plain.append(tag)  # type: ignore[method-assign]
    parser.feed(drawn("html", "plain"))
    assert tags == plain


@given(hostile_text.names)
@example("\x1b[2J\x00\ufffe")
@EXAMPLES
def test_svg_is_xml(name: str) -> None:
    assert ElementTree.fromstring(drawn("svg", name)).tag.endswith("svg")


def test_markup_of_the_terminal_is_shown_as_it_is() -> None:
    assert "[bold]b[/bold]" in drawn("table", "[bold]b[/bold]")


@given(hostile_text.names)
@EXAMPLES
def test_reports_of_firmware_hold_no_hidden_sign_and_can_be_parsed(name: str) -> None:
    made = firmware(name)
    texts = {kind: firmware_report.render(made, kind, trace=True) for kind in ("table", "json")}
    texts |= {kind: firmware_report.render(made, kind, trace=True) for kind in ("csv", "markdown")}
    for text in texts.values():
        assert not hidden(text, but="\n")
    assert json.loads(texts["json"])["rows"][0]["image"]["file"] == name
    assert_nothing_runs(rows_of(texts["csv"]))
    assert_tables_are_even(texts["markdown"])
