"""JUnit XML: a test case for each run, which fails if it is invalid, failed or has become worse.

The elements and attributes are those that Jenkins, GitLab and GitHub's reporters read
(https://github.com/testmoapp/junitxml).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from tinylab.display_text import one_line
from tinylab.export.ci.run_names import model_name, place
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.record_parts import Judgement


def render_junit(document: RunDocument) -> str:
    suite = Element("testsuite", name="tinylab", timestamp=one_line(document.started))
    for row in document.rows:
        _run(suite, row, [one for one in document.judged if one.is_of(row)])
    for failure in document.failures:
        _failure(suite, failure)
    counts = {"tests": "testcase", "failures": ".//failure", "errors": ".//error"}
    for name, path in (counts | {"skipped": ".//skipped"}).items():
        suite.set(name, str(len(suite.findall(path))))
    suites = Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    text = ElementTree.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _run(suite: Element, row: RunRecord, judged: Sequence[Judgement]) -> None:
    case = _case(suite, row)
    stages = row.stages
    spent = (stages.load_s, stages.generate_s, stages.build_s, stages.flash_s, stages.measure_s)
    case.set("time", f"{sum(spent):.3f}")
    properties = SubElement(case, "properties")
    for name, value in _figures(row):
        SubElement(properties, "property", name=name, value=value)
    worse = [one for one in judged if one.regressed or one.undecided]
    if not row.valid:
        _fail(case, "invalid", "; ".join(row.warnings) or "the run is invalid")
    elif worse:
        kind = "regression" if any(one.regressed for one in worse) else "undecided"
        _fail(case, kind, "; ".join(one.text for one in worse))
    if row.warnings:
        SubElement(case, "system-err").text = "\n".join(map(one_line, row.warnings))


def _figures(row: RunRecord) -> Iterator[tuple[str, str]]:
    cycles = row.cycles
    yield "cycles", f"{cycles.median:.0f}"
    yield "milliseconds", f"{row.latency_ms.median:.6g}"
    yield "inferences", str(cycles.n)
    yield "simulated", str(row.simulated).lower()
    if row.expected_error_percent is not None:
        yield "simulation_error_percent", f"{row.expected_error_percent:g}"
    yield "flash_bytes", str(row.flash_bytes)
    yield "ram_bytes", str(row.ram_bytes)
    if row.accuracy is not None:
        yield one_line(row.accuracy.metric), f"{row.accuracy.measured:.6g}"


def _failure(suite: Element, failure: Failure) -> None:
    case, error = _case(suite, failure), failure.error
    text = one_line(f"{error.message} {error.remedy}".strip())
    if error.interrupted:
        SubElement(case, "skipped", message=text)
    else:
        SubElement(case, "error", type=error.kind or "error", message=text)


def _case(suite: Element, row: RunRecord | Failure) -> Element:
    return SubElement(suite, "testcase", classname=f"tinylab.{place(row)}", name=model_name(row))


def _fail(case: Element, kind: str, text: str) -> None:
    SubElement(case, "failure", type=kind, message=one_line(text))
