"""What is in each memory, as text and in documents."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.fakes.records import memory, record
from tinylab.display_text import ascii_of
from tinylab.export.layer_table import profile_text
from tinylab.export.memory_table import BAR, LABELS, bar, memory_table
from tinylab.results.memory_record import PARTS, with_stack
from tinylab.results.record import RunRecord


def test_the_table_has_a_line_for_each_part_and_one_for_the_whole() -> None:
    flash, code, weights, constants, sram, *_ = memory_table("house", memory()).rows
    assert flash[:4] == ("flash", "of 1.00 MiB", "34,136", "3.3%")
    assert [one[1] for one in (code, weights, constants)] == ["code", "weights", "constants"]
    parts = (code, weights, constants)
    assert sum(int(one[2].replace(",", "")) for one in parts) == 34_136
    assert sram[0] == "sram1"
    assert set(LABELS) == set(PARTS)


def test_bars_have_one_length_and_are_ascii_where_they_must() -> None:
    assert {len(bar(used, 100)) for used in (0, 3, 50, 100, 140)} == {BAR}
    assert bar(0, 100) == "░" * BAR
    assert bar(1, 1000) == "█" + "░" * (BAR - 1)
    assert bar(100, 100) == "█" * BAR
    text = ascii_of(profile_text([replace(record(), memory=memory())]))
    assert text.isascii()
    assert "#." in text


def test_the_measured_stack_replaces_the_reserved_one() -> None:
    flash, sram = with_stack(memory(), 300)
    assert (flash.stack, sram.stack) == (0, 300)
    assert sram.used == 300 + 304 + 80 + 2_616
    assert with_stack(memory(), None) == memory()


def test_documents_have_it_and_older_ones_do_not() -> None:
    made = replace(record(), memory=memory())
    row = json.loads(json.dumps(made.to_json()))
    assert row["memory"][0]["used"] == 34_136
    assert RunRecord.from_json(row) == made
    del row["memory"]
    assert RunRecord.from_json(row) == record()
