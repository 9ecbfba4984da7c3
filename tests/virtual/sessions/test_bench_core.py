"""`tinylab bench-core` on virtual boards, and on one that plays a real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.fakes.stations import plugged
from tests.unit.test_schemas import check
from tinylab.bench.core_loops import loops as loop_files
from tinylab.bench.core_loops.comparison import CoreBencher
from tinylab.bench.core_loops.loops import LoopFile, of_core
from tinylab.bench.plan.plan import parse_station
from tinylab.boards import catalog
from tinylab.boards.board import Core
from tinylab.cli.main import main
from tinylab.errors import Interrupted
from tinylab.sim.virtual_probe.usb_bus import VirtualBus

WB = "nucleo_wb55rg"


@pytest.mark.parametrize(
    ("board", "words", "clock"),
    [
        (f"sim:{WB}@64", "vldr", 64_000_000),
        ("sim:nucleo_h723zg", "l8-", 64_000_000),
        ("sim:stm32f746g_disco", "f16", 0),
        ("sim:nucleo_u575zi_q", "n2-", 4_000_000),
    ],
)
def test_a_virtual_board_counts_what_the_file_says(
    board: str, words: str, clock: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "counted.json"
    assert main(["bench-core", "--on", board, "--filter", words, "-o", str(file), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    check("bench_core.schema.json", document)
    assert json.loads(file.read_text(encoding="utf-8")) == document
    [result] = document["boards"]
    assert (result["simulated"], result["error"]) == (True, None)
    assert result["clock_hz"] == clock or not clock
    known = {one.id: one for one in of_core(Core(result["core"])).complete}
    assert result["loops"]
    for row in result["loops"]:
        assert row["silicon"] is None
        if "f746" in board:
            assert row["skipped"] == "the part has no arithmetic in double precision"
        else:
            assert known[row["id"]].expected.has(row["model"]), row
            assert row["spread"] == 0


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench-core", "--on", f"sim:{WB}", "--filter", "m5-"]) == 0
    said = capsys.readouterr()
    assert "m5-nop-behind-indexed-store" in said.out
    assert "simulated" in said.out
    assert "building the image of 2 loops" in said.err


def with_loops(file: str, monkeypatch: pytest.MonkeyPatch) -> LoopFile:
    made = loop_files.read(file, "mine.toml")
    monkeypatch.setattr(loop_files, "of_core", lambda core: made)
    return made


LOOPS = """
[sources.none]
document = "none"
chip = "none"
clock = "none"
""" + "\n".join(
    f"""
[[loops]]
id = "{name}"
title = "a rule"
body = "{body}"
cycles = 1
source = "none"
"""
    for name, body in (("adds", "add r1, r1, #1"), ("undefined", "udf #1"), ("moves", "mov r1, r2"))
)


def test_silicon_is_beside_the_model_and_a_fault_stops_no_other_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_loops(LOOPS, monkeypatch)
    bus, said = VirtualBus(), list[str]()
    with plugged(bus, catalog.by_name(WB)):
        bencher = CoreBencher(None, 0.0, lambda: False, said.append, bus)
        result = bencher.bench(parse_station(WB))
    assert result.error is None
    assert (result.simulated, bool(result.serial)) == (False, True)
    adds, undefined, moves = result.loops
    assert (adds.silicon, adds.model, adds.silicon_agrees) == (1, 1, True)
    assert (moves.silicon, moves.model) == (1, 1)
    assert (undefined.silicon, undefined.model) == (None, None)
    assert undefined.skipped.startswith("HardFault: UNDEFINSTR: an undefined instruction")
    assert [line.split(":")[0] for line in said if "counting" in line] == [WB, "sim"]


def test_it_can_be_stopped() -> None:
    bencher = CoreBencher("m5-", 0.0, lambda: True, lambda text: None)
    result = bencher.bench(parse_station(f"sim:{WB}"))
    assert result.error is not None
    assert result.error.exit_code == Interrupted("").exit_code
