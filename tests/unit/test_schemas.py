"""The published JSON Schemas are those of the types, and real documents keep to them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scripts.make_schemas import FOLDER, SCHEMAS, text
from tests.fakes.records import changed, failure, record, session
from tests.golden.write import FOLDER as GOLDEN
from tinylab.bench.doctor.check import Check, CheckState
from tinylab.bench.doctor.document import DoctorDocument
from tinylab.errors import CoreFault, DoesNotFit, OutputWrong, every_error
from tinylab.results import firmware_record as firmware
from tinylab.results.cause_record import CycleCauses, FunctionCauses, WhyRecord
from tinylab.results.error_record import ErrorDocument, ErrorRecord
from tinylab.results.record import RunDocument

VERSION_1 = Path(__file__).parents[1] / "data" / "results_version_1.sqlite"


def check(name: str, document: object) -> None:
    """Raises ValidationError if the document does not keep to the published schema."""
    schema = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(json.loads(json.dumps(document)))


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_published_is_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == text(name), (
        "python -m scripts.make_schemas"
    )


def test_the_golden_document_of_runs() -> None:
    check("run.schema.json", json.loads((GOLDEN / "session.json").read_text(encoding="utf-8")))


def test_what_nobody_told_and_what_failed() -> None:
    unknown = record(parameters=None, macc=None, output=None, published=None, serial="066B")
    wrong = ErrorRecord.of(OutputWrong("Off.", max_abs_error=0.5, tolerance=1e-4))
    invalid = changed(record(), valid=False, problems=(wrong,))
    told = ErrorRecord.of(DoesNotFit("Too large.", flash_missing=9, fitting_compression="x4"))
    failed = replace(failure(), error=told)
    document = replace(session(), rows=(unknown, invalid), failures=(failed,))
    check("run.schema.json", document.to_json())
    assert RunDocument.from_json(document.to_json()) == document


def version_1() -> dict[str, Any]:
    """A document as version 0.1.0 wrote it: its rows from its database, and a failure."""
    connection = sqlite3.connect(f"file:{VERSION_1}?mode=ro", uri=True)
    kept = connection.execute("SELECT record FROM runs WHERE record IS NOT NULL").fetchall()
    connection.close()
    failed = {
        "model": "m",
        "title": "t",
        "board": "nucleo_wb55rg",
        "core": "cortex-m4",
        "serial": None,
        "simulated": True,
        "clock_hz": 48_000_000,
        "exit_code": 4,
        "message": "No.",
        "remedy": "",
        "details": "",
        "runtime": "cubeai",
    }
    return {
        "schema": "tinylab.run/1",
        "tinylab": "0.1.0",
        "started": "2026-11-30T16:32:01+00:00",
        "interrupted": False,
        "rows": [json.loads(text) for (text,) in kept],
        "failures": [failed],
    }


def test_documents_of_version_0_1_0_are_read_and_keep_to_the_schema() -> None:
    check("run.schema.json", version_1())
    found = RunDocument.from_json(version_1())
    assert [row.runtime for row in found.rows] == ["tinylab", "cubeai", "tinylab"]
    [failed] = found.failures
    assert (failed.runtime, failed.error.exit_code, failed.error.kind) == ("cubeai", 4, None)


def firmware_document(error: ErrorRecord | None) -> firmware.FirmwareDocument:
    window = firmware.MlperfWindow(10, 1, 5_000, (0.1, 0.9))
    run = firmware.FirmwareRun(
        board="nucleo_wb55rg",
        core="cortex-m4",
        serial=None,
        simulated=True,
        expected_error_percent=2.0,
        image=firmware.ImageRecord("fir.elf", "ELF", "ab" * 32, 1234),
        clock_hz=4e6,
        function=firmware.TimedFunction("fir", 0x0800_0100),
        warmup_calls=(76_900,),
        calls=(76_821, 76_822),
        why=WhyRecord(
            2,
            (
                FunctionCauses("fir", 0x0800_0100, CycleCauses(issue=100_000, branch=53_640)),
                FunctionCauses("(no symbol)", None, CycleCauses(bus=3)),
            ),
        ),
        mlperf=firmware.MlperfRecord("dut", "ULPMark", "ad01", "zeros", 640, "", (window,)),
        fault=firmware.FaultRecord("HardFault", "main", {"pc": 1}, 0, 0, None, ("FORCED",)),
        unknown_registers=(firmware.UnknownRegister("read", 0x5000_0000, 0x0800_0102, "main"),),
        error=error,
    )
    return firmware.FirmwareDocument("0.1.0", "2025-01-02T03:04:05+00:00", (run,))


def test_documents_of_ones_own_firmware() -> None:
    fault = ErrorRecord.of(CoreFault("It hit a fault.", exception="HardFault", pc=0x0800_0102))
    for error in (None, fault):
        document = firmware_document(error).to_json()
        check("firmware.schema.json", document)
    [row] = document["rows"]  # type: ignore[misc]
    assert row["cycles"]["median"] == 76_821.5
    assert row["latency_ms"]["min"] == pytest.approx(19.20525)
    assert row["mlperf"]["windows"][0]["inferences_per_second"] == 2_000
    assert row["mlperf"]["median_inferences_per_second"] == 2_000
    assert row["why"]["cycles"] == sum(row["calls"])
    assert row["why"]["causes"]["branch"] == 53_640
    assert row["valid"] is False


def test_the_doctors_document() -> None:
    checks = tuple(Check(state.name, state, "So it is.") for state in CheckState)
    check("doctor.schema.json", DoctorDocument("0.1.0", True, checks).to_json())


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.__name__)
def test_a_failed_command_of_every_kind(kind: type[Any]) -> None:
    check("error.schema.json", ErrorDocument.of(kind("No.")).to_json())


@pytest.mark.parametrize(
    ("name", "document", "path", "value"),
    [
        ("run.schema.json", session().to_json(), ["schema"], "tinylab.run/2"),
        ("run.schema.json", session().to_json(), ["rows", 0, "cycles", "median"], "many"),
        ("run.schema.json", session().to_json(), ["rows", 0, "latency_ms"], None),
        ("run.schema.json", session().to_json(), ["failures", 0, "kind"], "rusty"),
        ("run.schema.json", session().to_json(), ["failures", 0, "fields"], {"probe": 3}),
        ("firmware.schema.json", firmware_document(None).to_json(), ["rows", 0, "board"], 3),
        (
            "error.schema.json",
            ErrorDocument.of(DoesNotFit("No.")).to_json(),
            ["error", "fields", "flash_missing"],
            "much",
        ),
        ("doctor.schema.json", DoctorDocument("1", False, ()).to_json(), ["checks"], [{}]),
    ],
    ids=lambda value: ".".join(map(str, value)) if isinstance(value, list) else "",
)
def test_what_does_not_keep_to_it_is_refused(
    name: str, document: dict[str, Any], path: list[str | int], value: object
) -> None:
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        check(name, document)
