"""Which parts of a program can be in which memories of a board, and how a user says so."""

from __future__ import annotations

import pytest

from tinylab.boards import catalog, placement
from tinylab.boards.board import Board
from tinylab.boards.placement import PARTS, Placement
from tinylab.errors import ExitCode, InputError

BOARDS = pytest.mark.parametrize("board", catalog.all_boards(), ids=lambda board: board.name)
H7 = catalog.by_name("nucleo_h723zg")
WB = catalog.by_name("nucleo_wb55rg")


def words(board: Board, part: str) -> list[str]:
    return [placement.word_of(board, memory) for memory in placement.choices(board, part)]


def test_what_is_written_is_what_results_show() -> None:
    wanted = placement.parse(["weights=dtcm,activations=axi", " Code = ITCM "])
    assert wanted == Placement(weights="dtcm", activations="axi", code="itcm")
    assert str(wanted) == "weights=dtcm,activations=axi,code=itcm"
    assert placement.parse([str(wanted)]) == wanted
    assert placement.parse([]) == placement.parse(["weights=auto"]) == Placement()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("weights", "takes WHAT=MEMORY, not 'weights'"),
        ("weights=", "takes WHAT=MEMORY"),
        ("=dtcm", "does not know the part ''"),
        ("wights=dtcm", "does not know the part 'wights'"),
        ("weights=dtcm,", "takes WHAT=MEMORY, not ''"),
        ("weights=dtcm,weights=axi", "names a memory for the weights twice"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        placement.parse([text])
    assert says in caught.value.message
    assert caught.value.exit_code == ExitCode.INPUT
    assert caught.value.remedy


def test_the_memories_of_the_h723() -> None:
    assert words(H7, "weights") == ["flash", "dtcm", "axi", "sram1", "sram2", "sram4"]
    assert words(H7, "activations") == ["dtcm", "axi", "sram1", "sram2", "sram4"]
    assert words(H7, "code") == ["flash", "axi", "itcm", "sram1", "sram2", "sram4"]
    assert words(WB, "weights") == ["flash", "sram1"]


def test_a_memory_that_is_not_there_or_does_not_suit_is_told_with_those_that_do() -> None:
    with pytest.raises(InputError) as caught:
        placement.check(WB, Placement(weights="dtcm"))
    assert caught.value.message == "The NUCLEO-WB55RG has no memory 'dtcm'."
    assert caught.value.remedy == "Memories for weights: flash, sram1."
    with pytest.raises(InputError, match="The code cannot be in the memory 'dtcm' of the NUCLEO-H"):
        placement.check(H7, Placement(code="dtcm"))
    with pytest.raises(InputError, match="cannot be in the memory 'flash'"):
        placement.check(H7, Placement(activations="flash"))


@BOARDS
def test_words_are_distinct_and_no_data_is_at_address_0(board: Board) -> None:
    for part in PARTS:
        known = words(board, part)
        assert len(set(known)) == len(known)
        assert known, part
    assert all(memory.base for memory in placement.choices(board, "weights"))
    assert board.st_memory in {memory.name for memory in board.ram}
