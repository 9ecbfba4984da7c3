"""`tinylab models --explain`."""

from __future__ import annotations

import json

import pytest

from tinylab.cli.main import main
from tinylab.errors import ExitCode

MODEL = ("models", "house_price", "--explain")


def test_each_call_has_its_kernel_and_why_it_is_not_a_faster_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main([*MODEL, "--on", "nucleo_h723zg", "--json"]) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert (document["core"], document["optimize"]) == ("cortex-m7", "balanced")
    first, last = document["steps"][0], document["steps"][-1]
    assert first["layers"] == ["dense", "dense_nl"]
    assert first["kernel"] == "tl_dense_blocks_f32"
    assert first["macc"] == 380 + 19
    assert last["kernel"] == "tl_dense_f32"
    refused = last["refused"]
    assert [one["kernel"] for one in refused] == [
        "tl_dense_blocks_f32",
        "tl_dense_pairs_f32",
        "tl_dense_coded_f32",
    ]
    assert refused[0]["reason"] == "computes 4 outputs or more"


def test_the_table_names_what_was_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MODEL, "--on", "sim:nucleo_h723zg", "--optimize", "ram"]) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "computes 4 outputs or more" in printed
    assert "Cortex-M7 of the NUCLEO-H723ZG, --optimize ram" in printed


def test_each_floor_is_told_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*MODEL, "--on", "nucleo_h723zg"]) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "floor" in printed.splitlines()[0]
    told = [line for line in printed.splitlines() if line.startswith("  tl_dense_blocks_f32 ")]
    assert told == [
        "  tl_dense_blocks_f32 1.60: 32 cycles for 20 MACs: 22 loads in pairs, 20 VFMA, a branch "
        "(tl_dense_block_m7_f32.S)"
    ]
    assert main([*MODEL, "--on", "nucleo_h723zg", "--json"]) == ExitCode.OK
    first = json.loads(capsys.readouterr().out)["steps"][0]
    assert first["floor"] == 1.6 < first["cycles_per_macc"]
    assert "tl_dense_block_m7_f32.S" in first["bound"]
    assert first["expected_cycles"] == pytest.approx(first["macc"] * first["cycles_per_macc"])


def test_it_says_where_each_part_lies(capsys: pytest.CaptureFixture[str]) -> None:
    ways = (
        ((), "flash"),
        (("--optimize", "speed"), "flash"),  # they fit into the data cache
        (("--place", "weights=dtcm"), "dtcm"),
        (("--place", "weights=axi", "--place", "activations=sram1"), "axi"),
    )
    for words, weights in ways:
        assert main([*MODEL, "--on", "nucleo_h723zg", *words, "--json"]) == ExitCode.OK
        found = json.loads(capsys.readouterr().out)["placement"]
        assert found["memories"]["weights"] == weights
        assert found["weights_bytes"] > 20_000
        assert found["missing"] == []
    assert found["memories"]["activations"] == "sram1"
    assert main([*MODEL, "--on", "nucleo_h723zg", "--place", "weights=sram4"]) == ExitCode.OK
    printed = capsys.readouterr().out
    assert "--place weights=sram4,activations=dtcm,scratch=dtcm,code=flash" in printed
    assert "SRAM4 lacks" in printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (MODEL, "--explain requires --on"),
        (("models", "--optimize", "ram"), "--optimize requires --explain"),
        (("models", "house_price", "--compression", "x4"), "--compression requires --explain"),
        ((*MODEL, "--on", "nirgends"), "nirgends"),
        ((*MODEL, "--on", "nucleo_wb55rg", "--place", "weights=dtcm"), "has no memory 'dtcm'"),
        (("models", "house_price", "--place", "weights=dtcm"), "--place requires --explain"),
    ],
)
def test_mistakes(words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(list(words)) == ExitCode.INPUT
    assert said in capsys.readouterr().err
