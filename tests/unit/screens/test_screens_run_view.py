"""The page of one run, as text."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.fakes.records import changed, layer, memory, profile, record
from tinylab.export.table import entry_of
from tinylab.results.layer_profile import LayerProfile
from tinylab.results.record import RunRecord
from tinylab.screens.run_view import run_view


def drawn(made: RunRecord, width: int) -> str:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(run_view(entry_of(made)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_layers_have_their_shares_and_what_they_wait_for(width: int) -> None:
    text = drawn(replace(record(), profile=profile()), width)
    [line] = [one for one in text.splitlines() if "20,000" in one]
    for figure in ("59.6 %", "5.00 per MACC", "30.0 % data memory"):
        assert figure in line
    [rest] = [one for one in text.splitlines() if one.startswith("rest ")]
    assert "531" in rest
    assert "1.6 %" in rest
    assert "30 % of the cycles of dense, dense_nl wait for data from flash or RAM." in text


def test_a_run_without_a_profile_has_no_section_for_it() -> None:
    assert "Cycles of each layer" not in drawn(record(), 80)


def test_a_layer_that_waits_for_nothing_and_one_of_foreign_name() -> None:
    made = LayerProfile((layer("[red]\x1b[2Jrelu", 100),), 0)
    text = drawn(replace(record(), profile=made), 80)
    assert "[red]" in text
    assert "\x1b" not in text
    assert "MACC" not in text.split("Cycles of each layer")[1].split("Sizes")[0]


def test_the_memories_of_the_parts_are_shown_where_they_are_known() -> None:
    made = changed(record(), placement="weights=dtcm,activations=axi,code=flash")
    assert "weights=dtcm, activations=axi, code=flash" in drawn(made, 80)
    assert "memories" not in drawn(record(), 80)


@pytest.mark.parametrize("width", [80, 120])
def test_what_is_in_each_memory_is_a_bar(width: int) -> None:
    text = drawn(replace(record(), memory=memory()), width).split("Memories")[1]
    text = text.split("State of the bench")[0]
    [weights] = [one for one in text.splitlines() if one.split()[:1] == ["weights"]]
    assert "█░" in weights
    assert "26,136" in weights
    [flash] = [one for one in text.splitlines() if one.startswith("flash")]
    assert "34,136" in flash
    assert "of 1.00 MiB, 3%" in flash
    assert "Memories" not in drawn(record(), width)


def test_bytes_of_layers_and_where_they_lie() -> None:
    text = drawn(replace(record(), profile=profile()), 80)
    assert "Bytes of each layer: weights in flash, activations in sram1" in text
    assert "16,064 B, 332 B" in text
    assert "--place weights=sram1" in text
