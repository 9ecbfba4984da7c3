"""Loops of `tinylab bench-core`: their files, their figures, and what is printed of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.test_schemas import check
from tinylab.bench.core_loops import comparison
from tinylab.bench.core_loops.assembly import Addresses, distinct, functions_of, text
from tinylab.bench.core_loops.comparison import chosen, missing
from tinylab.bench.core_loops.document import CoreBench, CoreBenchDocument, LoopResult
from tinylab.bench.core_loops.execution import Counted, Counts
from tinylab.bench.core_loops.loops import Loop, Range, of_core, read
from tinylab.boards import catalog
from tinylab.boards.board import Core
from tinylab.cli import bench_core
from tinylab.cli.main import main
from tinylab.errors import BoardSilent, InputError, NotAttached
from tinylab.results.error_record import ErrorRecord

FILE = """
between = "nop"
[sources.paper]
document = "A paper"
chip = "a chip"
clock = "1 MHz"
[[loops]]
id = "one"
title = "a rule"
body = "add r1, r2"
cycles = 1
source = "paper"
"""
LOOP = Loop(id="one", title="a rule", body="add r1, r2", cycles=1, source="paper")


def test_a_file_is_read() -> None:
    [loop] = read(FILE, "mine.toml").complete
    assert (loop.published, loop.expected, loop.between) == (Range(1, 1), Range(1, 1), "nop")
    [apart] = read(f'{FILE}between = ""', "mine.toml").complete
    assert apart.between == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("cycles = 1", "cycles = 0"), "cycles are above 0"),
        (("cycles = 1", "cycles = [3, 2]"), "the least is first"),
        (("cycles = 1", 'cycles = "1"'), "loops[0].cycles is '1'; expected a number"),
        (("cycles = 1", "cycles = 1\nmodel = 2"), "`model` and `why` are given together"),
        (("cycles = 1", 'cycles = 1\nwhy = "x"'), "`model` and `why` are given together"),
        (("cycles = 1", 'cycles = 1\nmodel = 1\nwhy = "x"'), "1 cycles agree; leave out `model`"),
        (('source = "paper"', 'source = "book"'), "[sources] lacks book, the source of one"),
        (('source = "paper"', ""), "[loops[0]] lacks the key source"),
        (('id = "one"', 'id = "One!"'), "loops[0].id is 'One!'; expected words and hyphens"),
        (('body = "add r1, r2"', 'body = ""'), "loops[0].body"),
        (('title = "a rule"', 'title = "a rule"\ncylces = 3'), "unknown key loops[0].cylces"),
        (('title = "a rule"', 'title = "a rule"\nneeds = ["luck"]'), "loops[0].needs"),
        (('title = "a rule"', 'title = "a rule"\npasses = true\nbetween = "nop"'), "passes"),
        (("[sources.paper]", "[sources.paper"), "is no TOML"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(change: tuple[str, str], said: str) -> None:
    with pytest.raises(InputError) as caught:
        read(FILE.replace(*change), "mine.toml")
    assert said in caught.value.message
    assert caught.value.message.startswith("mine.toml")
    assert "docs/bench_core.md" in caught.value.remedy


def test_two_loops_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="two loops are called one"):
        read(FILE + FILE[FILE.index("[[loops]]") :], "mine.toml")


@pytest.mark.parametrize("core", Core)
def test_each_core_has_loops_with_sources(core: Core) -> None:
    file = of_core(core)
    assert len(file.complete) > 40
    assert {loop.source for loop in file.loops} == set(file.sources)


def test_cycles_are_those_of_a_repetition_without_what_stands_between() -> None:
    loop = Loop(id="a", title="t", body="add r1, r2", cycles=1, source="s", between="nop")
    functions = functions_of(loop)
    few, many, fewer, more = functions.all
    assert (few.amount, many.amount) == (16, 32)
    assert functions.cycles({few: 52, many: 100, fewer: 20, more: 36}) == 2


def test_functions_that_are_the_same_are_made_once() -> None:
    loops = [
        functions_of(Loop(id=name, title="t", body=body, cycles=1, source="s", between="nop"))
        for name, body in (("a", "add r1, r2"), ("b", "sub r1, r2"))
    ]
    made = distinct(loops)
    assert len(made) == 6
    source = text(made, Addresses("1", "2"))
    assert source.count(".thumb_func") == 6
    assert source.count(".rept 32") == 3


def test_figures_agree_within_a_stray_cycle() -> None:
    assert Range(2, 2).difference(2.05) == 0
    assert Range(2, 2).difference(2.5) == 0.5
    assert Range(2, 4).difference(3) == 0
    assert Range(2, 4).difference(1.5) == -0.5
    assert (str(Range(2, 2)), str(Range(2, 4.5))) == ("2", "2-4.5")


def test_what_a_part_lacks_is_told() -> None:
    needing = {need: Loop("a", "t", "nop", 1, "s", needs=(need,)) for need in comparison.WITHOUT}

    def lacks(board: str) -> set[str]:
        return {need for need, one in needing.items() if missing(one, catalog.by_name(board))}

    assert lacks("nucleo_h723zg") == set()
    assert lacks("nucleo_f767zi") == {"checked_ram"}
    assert lacks("stm32f746g_disco") == {"double", "checked_ram"}
    # the second RAM of the STM32U5 has no clock after a reset
    assert {"second_ram"} < lacks("nucleo_u575zi_q")


def test_loops_are_chosen_by_their_texts() -> None:
    board = catalog.by_name("nucleo_h723zg")
    assert len(chosen(board, None)) == len(of_core(board.core).loops)
    assert [one.id for one in chosen(board, "F14-")] == ["f14-division", "f14-square-root"]
    assert {one.id for one in chosen(board, "uxtab")} == {"i5-extended-operand"}
    with pytest.raises(InputError, match="No loop of the Cortex-M7 contains 'cobol'"):
        chosen(board, "cobol")


def result(**values: object) -> LoopResult:
    known = {"id": "one", "title": "a rule", "body": "add r1, r2", "published_least": 2.0}
    rest = {"published_most": 2.0, "source": "paper", "model": 2.0, "silicon": None, "spread": 0}
    return LoopResult(**{**known, **rest, "skipped": "", "known": "", **values})  # type: ignore[arg-type]


def test_a_loop_is_judged_by_what_is_known_of_it() -> None:
    simulated = result(model=3.0)
    assert (simulated.model_agrees, simulated.silicon_agrees) == (False, None)
    assert simulated.difference == 1
    real = result(model=3.0, silicon=3.0)
    assert (real.model_agrees, real.silicon_agrees, real.difference) == (False, True, 0)
    assert result(model=2.0, silicon=2.5).difference == -0.5
    skipped = result(model=None, spread=None, skipped="no")
    assert (skipped.model_agrees, skipped.silicon_agrees, skipped.difference) == (None,) * 3


def test_rows_tell_which_loop_faulted() -> None:
    loop = LOOP
    few, many = functions_of(loop).all
    counts = Counts({few: Counted(20, 21)}, {many: "UsageFault: UNDEFINSTR"})
    rows = comparison._Rows(read(FILE, "x"), counts, None)
    row = rows.row(loop, "")
    assert (row.model, row.spread, row.skipped) == (None, None, "UsageFault: UNDEFINSTR")
    counts = Counts({few: Counted(20, 21), many: Counted(36, 40)})
    row = comparison._Rows(read(FILE, "x"), counts, counts).row(loop, "")
    assert (row.model, row.silicon, row.spread) == (1, 1, 4)


Printed = Callable[[CoreBench], str]


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    def run(bench: CoreBench) -> str:
        bench_core._print(bench)
        return capsys.readouterr().out

    return run


def bench(*loops: LoopResult, simulated: bool = False) -> CoreBench:
    return CoreBench(
        board="nucleo_h723zg",
        core="cortex-m7",
        serial="066B",
        simulated=simulated,
        clock_hz=64_000_000,
        wait_states=0,
        toolchain="GCC",
        loops=loops,
        error=None,
    )


def test_a_real_boards_table_has_silicon_beside_model(printed: Printed) -> None:
    said = printed(
        bench(
            result(),
            result(id="two", model=3.0, silicon=2.0, spread=1, known="not modelled"),
            result(id="three", model=2.0, silicon=2.0),
            result(id="four", model=None, spread=None, skipped="no second RAM"),
        )
    )
    lines = [line.split() for line in said.splitlines()]
    assert "nucleo_h723zg (cortex-m7), 64 MHz, 0 wait states, probe 066B" in said
    heads = ["id", "rule", "published", "model", "silicon", "spread", "difference"]
    assert heads in lines
    assert ["two", "a", "rule", "2", "3", "2", "1", "+1", "not", "modelled"] in lines
    assert ["four", "a", "rule", "2", "-", "-", "-", "skipped:", "no", "second", "RAM"] in lines
    assert said.splitlines()[-3:] == [
        "2 of 3 agree: model and published figures",
        "1 of 2 agree: model and this silicon",
        "2 of 2 agree: this silicon and published figures",
    ]


def test_a_virtual_boards_figures_are_marked_as_simulated(printed: Printed) -> None:
    said = printed(bench(result(model=1.0), simulated=True))
    assert "sim:nucleo_h723zg (cortex-m7), 64 MHz, 0 wait states, all cycles are simulated" in said
    assert "silicon" not in said
    assert said.splitlines()[-1] == "0 of 1 agree: model (simulated) and published figures"


def test_documents_keep_to_their_schema() -> None:
    error = ErrorRecord.of(BoardSilent("It is silent.", remedy="Reset it."))
    failed = CoreBench("b", "cortex-m4", None, True, 16_000_000, 0, "", (), error)
    document = CoreBenchDocument("1", "now", (bench(result(), result(id="two")), failed))
    check("bench_core.schema.json", document.to_json())
    assert document.exit_code == BoardSilent("").exit_code
    assert CoreBenchDocument("1", "now", (bench(result(model=9.0)),)).exit_code == 0


def test_what_cannot_be_asked_for_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def says(*words: str) -> str:
        assert main(["bench-core", *words]) == 2
        return capsys.readouterr().err

    assert "There is no board called 'nucleo_x'" in says("--on", "nucleo_x")
    assert "No loop of the Cortex-M4" in says("--on", "sim:nucleo_wb55rg", "--filter", "cobol")
    assert "cannot be written as .md" in says("-o", str(tmp_path / "a.md"))
    assert "9999" in says("--on", "sim:nucleo_wb55rg@9999")
    assert not list(tmp_path.iterdir())


def test_a_board_that_is_not_attached_is_the_error_of_a_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["bench-core", "--on", "nucleo_h723zg", "--filter", "f14", "--json"])
    assert code == NotAttached("").exit_code
    document = json.loads(capsys.readouterr().out)
    check("bench_core.schema.json", document)
    [row] = document["boards"]
    assert row["error"]["kind"] == "not_attached"
    assert row["loops"] == []
