"""The results of several sessions in one pair of tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.records import STARTED, changed, failure, record, session
from tinylab.errors import ExitCode
from tinylab.export.table import Entry, Running, entry_of
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.screens.ledger import Ledger

LATER = "2025-01-02T04:00:00+00:00"
DOCUMENT = replace(session(), rows=(), failures=())


def faster(made: RunRecord) -> RunRecord:
    return replace(made, cycles=replace(made.cycles, median=made.cycles.median / 2))


def stopped() -> Failure:
    """House_price on the Nucleo-WB55 at 48 MHz, stopped by the user."""
    made = record()
    return changed(
        failure(),
        model=made.model,
        title=made.title,
        board=made.board,
        core=made.core,
        clock_hz=made.clock_hz,
        exit_code=ExitCode.INTERRUPTED,
    )


def word(text: str | Running) -> Entry:
    """The same cell with a word in it."""
    return replace(entry_of(record()), outcome=text)


@pytest.fixture
def ledger() -> Ledger:
    """With house_price and human_activity on the Nucleo-WB55 at 48 MHz."""
    made = Ledger()
    made.take([entry_of(record()), entry_of(record("human_activity"))], DOCUMENT)
    return made


def outcomes(ledger: Ledger) -> list[object]:
    return [entry.outcome for entry in ledger.entries()]


def test_a_new_ledger_has_nothing_to_export() -> None:
    assert Ledger().entries() == ()
    assert Ledger().document() is None


def test_a_later_result_takes_the_place_of_the_earlier_one(ledger: Ledger) -> None:
    later = faster(record())
    ledger.take([entry_of(later)], replace(DOCUMENT, started=LATER))
    assert outcomes(ledger) == [later, record("human_activity")]


@pytest.mark.parametrize(
    "changes",
    [
        {"board": "nucleo_h723zg"},
        {"clock_hz": 64_000_000},
        {"simulated": False},
        {"serial": "066AFF"},
        {"model": "image_classification"},
        {"runtime": "cubeai"},
    ],
)
def test_another_station_clock_model_or_runtime_is_another_cell(
    ledger: Ledger, changes: dict[str, object]
) -> None:
    other = record(**changes) if "model" in changes else changed(record(), **changes)
    ledger.take([entry_of(other)], DOCUMENT)
    assert outcomes(ledger) == [record(), record("human_activity"), other]


def test_a_failure_takes_the_place_of_a_result_and_being_stopped_does_not(ledger: Ledger) -> None:
    ledger.take([entry_of(stopped())], DOCUMENT)
    assert outcomes(ledger)[0] == record()
    failed = changed(stopped(), exit_code=ExitCode.LINK)
    ledger.take([entry_of(failed)], DOCUMENT)
    assert outcomes(ledger)[0] == failed


def test_stopped_runs_are_shown_and_not_exported() -> None:
    ledger = Ledger()
    ledger.take([entry_of(stopped())], replace(DOCUMENT, interrupted=True))
    assert outcomes(ledger) == [stopped()]
    document = ledger.document()
    assert document is not None
    assert (document.rows, document.failures, document.interrupted) == ((), (), True)


@pytest.mark.parametrize("text", ["queued", "…", Running(50.0)])
def test_what_a_broken_session_left_under_way_is_stopped(text: str | Running) -> None:
    ledger = Ledger()
    ledger.take([word(text)], DOCUMENT)
    assert outcomes(ledger) == ["stopped"]
    ledger.take([entry_of(record())], DOCUMENT)
    ledger.take([word(text)], DOCUMENT)
    assert outcomes(ledger) == [record()]


def test_while_a_session_runs_its_cells_lie_on_top_of_what_is_kept(ledger: Ledger) -> None:
    live = ledger.with_live([word("queued"), changed(word("queued"), model="image_classification")])
    assert [entry.outcome for entry in live] == ["queued", record("human_activity"), "queued"]
    assert outcomes(ledger) == [record(), record("human_activity")]


def test_the_document_holds_all_sessions_since_the_first(ledger: Ledger) -> None:
    failed = failure()
    later = replace(DOCUMENT, started=LATER, interrupted=True)
    ledger.take([entry_of(failed), entry_of(record("human_activity", 1))], later)
    document = ledger.document()
    assert document is not None
    assert (document.started, document.interrupted) == (STARTED, True)
    assert document.rows == (record(), record("human_activity"), record("human_activity", 1))
    assert document.failures == (failed,)
    assert RunDocument.from_json(document.to_json(), "x") == document
