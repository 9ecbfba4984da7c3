"""The formats of continuous integration: what they make of good, bad, worse and stopped runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.fakes.records import changed, failure, record, session
from tinylab.errors import Interrupted
from tinylab.export.renderers import renderer
from tinylab.results.comparison.comparison import compare, valid_figures
from tinylab.results.comparison.gate import allowance, judge
from tinylab.results.error_record import ErrorRecord
from tinylab.results.record import RunDocument, RunRecord


def drawn(name: str, document: RunDocument) -> str:
    text = renderer(name)(document)
    assert isinstance(text, str)
    return text


def beside(now: RunRecord, before: RunRecord, *allowed: str) -> RunDocument:
    """`now` with its judgement against `before`."""
    document = replace(session(), rows=(now,), failures=())
    known = valid_figures(replace(document, rows=(before,)))
    found = compare(valid_figures(document), known)
    return replace(document, judged=judge(found, tuple(map(allowance, allowed))))


def slower(row: RunRecord, factor: float) -> RunRecord:
    return replace(row, cycles=replace(row.cycles, median=row.cycles.median * factor))


def case(document: RunDocument) -> ElementTree.Element:
    found = ElementTree.fromstring(drawn("junit", document)).find(".//testcase")
    assert found is not None
    return found


def test_a_run_that_became_worse_fails_its_test_case() -> None:
    worse = case(beside(slower(record(), 1.1), record())).find("failure")
    assert worse is not None
    assert worse.get("type") == "regression"
    assert "1.1x slower" in (worse.get("message") or "")
    assert case(beside(record(), record())).find("failure") is None
    assert case(beside(slower(record(), 1.1), record(), "12%")).find("failure") is None


def test_only_the_run_that_became_worse_fails() -> None:
    now = replace(session(), rows=(record(column=0), slower(record(column=1), 2)), failures=())
    before = replace(now, rows=(record(column=0), record(column=1)))
    judged = judge(compare(valid_figures(now), valid_figures(before)), ())
    cases = ElementTree.fromstring(drawn("junit", replace(now, judged=judged))).iter("testcase")
    assert [one.find("failure") is not None for one in cases] == [False, True]


def test_invalid_failed_and_stopped_runs_are_told_apart() -> None:
    stopped = changed(failure(), error=ErrorRecord.of(Interrupted("Stopped.")))
    rows = (record(valid=False, warnings=("Wrong.",)),)
    document = replace(session(), rows=rows, failures=(failure(), stopped))
    suite = ElementTree.fromstring(drawn("junit", document)).find("testsuite")
    assert suite is not None
    kinds = [[child.tag for child in one] for one in suite]
    assert [kind[-1] for kind in kinds] == ["system-err", "error", "skipped"]
    assert "failure" in kinds[0]
    counted = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": "3", "failures": "1", "errors": "1", "skipped": "1"}


@pytest.mark.parametrize("text", ["a,\"b'<&>|*`\n\x00\x1b[1mä漢\u202e\ud800", "]]>", "x" * 5000])
def test_any_name_is_written_and_read_again(text: str) -> None:
    document = replace(session(), rows=(changed(record(), model=text, title=text),))
    root = ElementTree.fromstring(drawn("junit", document).encode("utf-8", "surrogatepass"))
    assert len(root.findall(".//testcase")) == 2
    for name in ("bencher", "benchmark-action"):
        assert json.loads(drawn(name, document))
    lines = drawn("github", document).splitlines()
    first = lines[2 : lines.index("", 2)]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in first}) == 1


def test_bencher_gets_nanoseconds_with_the_interval_where_there_is_one() -> None:
    many = record()
    found = json.loads(drawn("bencher", replace(session(), rows=(many,), failures=())))
    measures = found["house_price on sim:nucleo_wb55rg@48"]
    cycles = many.cycles
    assert cycles.median_low is not None
    assert measures["latency"]["value"] == pytest.approx(cycles.median * 1e9 / 48e6)
    assert measures["latency"]["lower_value"] == pytest.approx(cycles.median_low * 1e9 / 48e6)
    assert measures["cycles"]["value"] == cycles.median
    few = replace(many, cycles=replace(cycles, median_low=None, median_high=None))
    found = json.loads(drawn("bencher", replace(session(), rows=(few,), failures=())))
    assert set(found["house_price on sim:nucleo_wb55rg@48"]["latency"]) == {"value"}


def test_a_second_run_of_the_same_name_does_not_replace_the_first() -> None:
    document = replace(session(), rows=(record(), slower(record(), 2)), failures=())
    assert len(json.loads(drawn("bencher", document))) == 2


def test_the_action_gets_cycles_and_says_that_they_are_simulated() -> None:
    entries = json.loads(drawn("benchmark-action", session()))
    assert {"name", "unit", "value"} <= set(entries[0])
    assert entries[0]["unit"] == "cycles"
    assert "simulated, expected error ±3 %" in entries[0]["extra"]


def test_the_summary_names_what_became_worse_before_the_results() -> None:
    text = drawn("github", beside(slower(record(), 1.1), record()))
    assert text.startswith("## Against the baseline: 1 worse than allowed\n")
    assert text.index("**worse**") < text.index("## Time per inference")
    assert "nothing is worse than allowed" in drawn("github", beside(record(), record()))
    assert drawn("github", session()) == drawn("markdown", session())


def test_the_judgement_is_in_the_document_and_survives_it() -> None:
    document = beside(slower(record(), 1.1), record(), "ram=0")
    again = RunDocument.from_json(json.loads(json.dumps(document.to_json())))
    assert again == document
    assert [one.regressed for one in again.judged if one.measure == "time"] == [True]
