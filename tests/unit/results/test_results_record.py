"""The document of schema tinylab.run/1."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.records import changed, record, session
from tinylab.errors import InputError
from tinylab.results.identity import by
from tinylab.results.record import SCHEMA, RunDocument, RunRecord
from tinylab.results.record_parts import Stages
from tinylab.stats.cycles import summarize

ASKED_FOR = {
    "model",
    "parameters",
    "macc",
    "board",
    "core",
    "serial",
    "simulated",
    "expected_error_percent",
    "runtime",
    "compression",
    "clock_hz",
    "clock_measured_hz",
    "wait_states",
    "caches",
    "inferences",
    "warmup",
    "lost",
    "cycles",
    "first_cycles",
    "latency_ms",
    "inferences_per_second",
    "cycles_per_macc",
    "flash_bytes",
    "ram_bytes",
    "stack_bytes",
    "output",
    "model_sha256",
    "elf_sha256",
    "toolchain",
    "published",
    "valid",
    "warnings",
    "stages",
}


def test_a_row_has_every_key_of_the_schema() -> None:
    row = record().to_json()
    assert set(row) >= ASKED_FOR
    assert {"min", "median", "mean", "p95", "p99", "max", "stdev"} <= set(row["cycles"])
    assert set(row["latency_ms"]) == {"median", "mean", "p95", "p99"}
    assert {"generate_s", "build_s", "flash_s", "measure_s"} <= set(row["stages"])
    assert set(row["output"]) == {"max_abs_error", "tolerance", "ok"}
    assert {"latency_ms", "source"} <= set(row["published"])


def test_times_and_rates_follow_from_cycles_and_clock() -> None:
    cycles = summarize(np.arange(50_000, 50_200, dtype=np.uint64))
    row = record(clock_hz=48_000_000, cycles=cycles)
    assert cycles.p95 is not None
    assert cycles.p99 is not None
    assert row.latency_ms.median == pytest.approx(row.cycles.median / 48_000)
    assert row.latency_ms.mean == pytest.approx(row.cycles.mean / 48_000)
    assert row.latency_ms.p95 == pytest.approx(cycles.p95 / 48_000)
    assert row.latency_ms.p99 == pytest.approx(cycles.p99 / 48_000)
    assert row.inferences_per_second == pytest.approx(48e6 / row.cycles.median)
    assert row.cycles_per_macc == pytest.approx(row.cycles.median / 6_771)


def test_a_record_survives_json_unchanged() -> None:
    odd = record(
        serial="004A00323333510A39363634",
        clock_measured_hz=47_999_123.456789,
        stack_bytes=None,
        first_cycles=None,
        published=None,
        warnings=("ein Ärger", "another"),
    )
    assert RunRecord.from_json(json.loads(json.dumps(odd.to_json()))) == odd


def test_a_document_survives_json_unchanged() -> None:
    text = json.dumps(session().to_json())
    assert RunDocument.parse(text, "run.json") == session()


def test_keys_of_others_are_ignored() -> None:
    document = session().to_json() | {"comment": "by hand"}
    assert RunDocument.from_json(document) == session()


def test_another_schema_is_refused() -> None:
    document = session().to_json() | {"schema": "tinylab.run/9"}
    with pytest.raises(InputError, match=r"old\.json has the schema 'tinylab.run/9'.*" + SCHEMA):
        RunDocument.from_json(document, "old.json")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is not JSON"),
        ("[]", "schema None"),
        ('{"schema": "tinylab.run/1", "tinylab": "1", "started": "x"}', "rows is missing"),
        (
            '{"schema": "tinylab.run/1", "tinylab": 1, "started": "x", "rows": []}',
            "tinylab is 1, which is not of type str",
        ),
        (
            '{"schema": "tinylab.run/1", "tinylab": "1", "started": "x", "rows": 3}',
            "rows is not a list",
        ),
        (
            '{"schema": "tinylab.run/1", "tinylab": "1", "started": "x", "rows": [{}]}',
            r"rows\[0\].model is missing",
        ),
    ],
)
def test_broken_documents_are_refused_with_the_place(text: str, says: str) -> None:
    with pytest.raises(InputError, match=rf"base\.json.*{says}"):
        RunDocument.parse(text, "base.json")


def test_a_number_where_yes_or_no_belongs_is_refused() -> None:
    row = record().to_json() | {"valid": 1}
    with pytest.raises(InputError, match="valid is 1, which is not of type bool"):
        RunRecord.from_json(row)


def test_a_network_without_multiplications_has_no_cycles_per_macc() -> None:
    assert changed(record(), macc=0).cycles_per_macc is None


def test_without_cycles_there_is_no_rate() -> None:
    still = record()
    assert replace(still, cycles=replace(still.cycles, median=0.0)).inferences_per_second == 0.0


def test_a_stage_that_nobody_timed_took_no_time() -> None:
    assert Stages(generate_s=1, build_s=1, flash_s=1, measure_s=1).load_s == 0.0


def test_only_a_foreign_runtime_is_named_beside_the_model() -> None:
    assert (by("tinylab"), by("cubeai")) == ("", " (cubeai)")


def test_a_session_is_whole_unless_it_says_otherwise() -> None:
    document = RunDocument("0.1.0", "2025-01-02", ())
    assert not document.interrupted
    assert document.to_json()["interrupted"] is False
    old = {key: value for key, value in document.to_json().items() if key != "interrupted"}
    assert RunDocument.from_json(old) == document
