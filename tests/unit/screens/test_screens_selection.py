"""What lies on the bench: which stations are there and ticked as probes come and go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.errors import InputError, StationError
from tinylab.probe.discovery import ProbeInfo
from tinylab.screens import bench_text
from tinylab.screens.selection import Selection, StartRequest, StationEntry
from tinylab.settings import Settings

STUDY = {"sim:nucleo_wb55rg", "sim:nucleo_h723zg"}
OTHERS = [f"sim:{board.name}" for board in all_boards() if f"sim:{board.name}" not in STUDY]
WB, H7 = "nucleo_wb55rg#066AFF", "nucleo_h723zg#004A0032"


def probe(label: str, **changes: object) -> ProbeInfo:
    """A probe in good health: `nucleo_wb55rg#066AFF`."""
    board, serial = label.split("#")
    made = ProbeInfo(
        unique_id=serial,
        product="STM32 STLink",
        generation="V2",
        firmware="V2J45M31",
        board_id="0839",
        board_name=board,
        simulated=False,
        serial_port="/dev/ttyACM0",
        problem=None,
        remedy=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


UNREADABLE = probe(
    "?#1-4",
    board_id=None,
    board_name=None,
    problem="No permission to open the probe.",
    remedy="Install the udev rules.",
)
STRANGE = probe(
    "?#0669",
    board_id="0999",
    board_name=None,
    remark="The board 0999 on probe 0669 is not in the catalogue.",
    remedy="docs/boards.md tells how to add a board.",
)


def desk(*on: str, **settings: object) -> Selection:
    return Selection(StartRequest(on=on), Settings(**settings))  # type: ignore[arg-type]


def ticked(on: Selection) -> set[str]:
    return {station.key for station in on.stations if station.ticked}


def keys(on: Selection) -> list[str]:
    return [station.key for station in on.stations]


def clocks_mhz(on: Selection, key: str) -> list[float]:
    station = on.station(key)
    assert station is not None
    return [hz / 1e6 for hz in station.clocks_hz]


def test_without_a_board_the_studys_virtual_boards_are_ticked_at_its_clocks() -> None:
    bench = desk()
    bench.see([])
    assert ticked(bench) == STUDY
    assert clocks_mhz(bench, "sim:nucleo_wb55rg") == [48, 64]
    assert clocks_mhz(bench, "sim:nucleo_h723zg") == [180, 550]
    assert len(bench.whole_plan().jobs) == 12


def test_with_boards_attached_all_of_them_are_ticked_and_no_virtual_one() -> None:
    bench = desk()
    bench.see([probe(WB)])
    assert ticked(bench) == {WB}
    bench.see([probe(WB), probe(H7)])
    assert ticked(bench) == {WB, H7}
    assert clocks_mhz(bench, H7) == [550]
    bench.see([])
    assert ticked(bench) == STUDY


def test_once_the_user_has_ticked_nothing_is_ticked_for_them() -> None:
    bench = desk()
    bench.tick_station("sim:nucleo_h723zg")
    assert ticked(bench) == {"sim:nucleo_wb55rg"}
    bench.see([probe(WB), probe(H7)])
    assert ticked(bench) == {"sim:nucleo_wb55rg"}
    bench.tick_station(H7)
    bench.see([])
    bench.see([probe(H7)])
    assert ticked(bench) == {"sim:nucleo_wb55rg", H7}


def test_a_board_that_is_unplugged_stays_and_comes_back_as_it_was() -> None:
    bench = desk()
    bench.see([probe(WB)])
    bench.tick_station("sim:nucleo_wb55rg")
    bench.set_clocks(WB, [16e6, 48e6])
    bench.see([])
    gone = bench.station(WB)
    assert gone is not None
    assert gone.ticked
    assert gone.problem is not None
    assert gone.problem[0] == "unplugged"
    with pytest.raises(StationError, match="unplugged"):
        bench.whole_plan()
    bench.see([probe(WB, serial_port="/dev/ttyACM1")])
    back = bench.station(WB)
    assert back is not None
    assert (back.ticked, back.problem) == (True, None)
    assert back.probe is not None
    assert back.probe.serial_port == "/dev/ttyACM1"
    assert clocks_mhz(bench, WB) == [16, 48]


def test_probes_that_cannot_be_used_say_why_are_never_ticked_and_leave_no_trace() -> None:
    bench = desk()
    bench.see([UNREADABLE, STRANGE])
    assert ticked(bench) == STUDY
    for key, why, remedy in (
        ("1-4", "No permission to open the probe.", "Install the udev rules."),
        ("0669", "The board 0999 on probe 0669 is not in the catalogue.", "docs/boards.md"),
    ):
        station = bench.station(key)
        assert station is not None
        with pytest.raises(StationError) as caught:
            bench.plan_of(station, bench.model("house_price"))
        assert why in caught.value.message
        assert remedy in caught.value.remedy
    bench.see([])
    assert set(keys(bench)) == {*STUDY, *OTHERS}


def test_a_known_board_with_a_problem_cannot_be_run_and_is_not_ticked() -> None:
    bench = desk()
    bench.see(
        [probe(WB, problem="The target has no power.", remedy="Check the jumpers."), probe(H7)]
    )
    assert ticked(bench) == {H7}
    with pytest.raises(StationError, match=r"066AFF cannot be used: The target has no power\."):
        bench.plan_of(bench.station(WB), bench.model("house_price"))


def test_a_board_that_is_asked_for_waits_for_its_probe_and_keeps_its_clock() -> None:
    bench = desk("nucleo_h723zg@400")
    assert ticked(bench) == {"nucleo_h723zg"}
    bench.see([probe(WB)])
    waiting = bench.station("nucleo_h723zg")
    assert waiting is not None
    assert waiting.problem is not None
    assert waiting.problem[0] == "unplugged"
    bench.see([probe(WB), probe(H7)])
    assert bench.station("nucleo_h723zg") is None
    assert ticked(bench) == {H7}
    assert {(job.serial, job.clock_hz) for job in bench.whole_plan().jobs} == {
        ("004A0032", 400_000_000)
    }


def test_a_waiting_board_is_claimed_by_one_probe_only() -> None:
    bench = desk("nucleo_wb55rg@48")
    bench.see([probe("nucleo_wb55rg#A"), probe("nucleo_wb55rg#B")])
    assert ticked(bench) == {"nucleo_wb55rg#A"}
    assert clocks_mhz(bench, "nucleo_wb55rg#B") == [64]


def test_a_serial_number_that_is_asked_for_may_be_in_small_letters() -> None:
    bench = desk("nucleo_wb55rg#066aff@48")
    bench.see([probe("nucleo_wb55rg#111"), probe(WB)])
    assert ticked(bench) == {WB}
    assert clocks_mhz(bench, WB) == [48]
    assert bench.station("nucleo_wb55rg#066aff") is None


@pytest.mark.parametrize(
    ("on", "clocks"), [("sim:nucleo_wb55rg@16", [16]), ("sim:nucleo_wb55rg", [64])]
)
def test_a_virtual_board_that_is_asked_for_is_the_only_one_ticked(
    on: str, clocks: list[float]
) -> None:
    bench = desk(on)
    bench.see([probe(WB)])
    assert ticked(bench) == {"sim:nucleo_wb55rg"}
    assert clocks_mhz(bench, "sim:nucleo_wb55rg") == clocks


def test_boards_come_first_then_unknown_probes_then_virtual_boards() -> None:
    bench = desk()
    bench.see([STRANGE, probe(WB), probe(H7), UNREADABLE])
    study = ["sim:nucleo_wb55rg", "sim:nucleo_h723zg"]
    assert keys(bench) == [H7, WB, "0669", "1-4", *study, *OTHERS]


def test_without_a_station_the_plan_says_what_to_tick() -> None:
    bench = desk()
    for key in sorted(STUDY):
        bench.tick_station(key)
    with pytest.raises(InputError, match="No station is ticked"):
        bench.whole_plan()


@pytest.mark.parametrize(
    ("errors", "line"),
    [
        (
            {"nucleo_wb55rg": 2.0, "nucleo_f446re": 3.5, "nucleo_h723zg": 9.0},
            "SIM error: M4 ±3.5 %  M7 ±9 %",
        ),
        ({}, ""),
    ],
)
def test_the_errors_named_are_the_largest_known_of_each_core(
    errors: dict[str, float], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def board(station: StationEntry) -> Board | None:
        if station.request is None:
            return None
        name = station.request.board
        return replace(by_name(name), expected_error_percent=errors.get(name))

    monkeypatch.setattr(StationEntry, "board", property(board))
    assert bench_text.simulation_errors(desk().stations) == line
