"""Whole sessions with parts of the program in other memories: the same outputs, other cycles."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.cubeai.folder import StandIn
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.cli.main import main
from tinylab.errors import DoesNotFit, ExitCode, InputError
from tinylab.options.measuring import SPEED
from tinylab.results.identity import CUBEAI
from tinylab.zoo import catalog, load

ACTIVITY = ("--model", "human_activity", "--inferences", "2")
H7 = ("--on", "sim:nucleo_h723zg@550")
Row = Mapping[str, Any]


def run(folder: Path, *words: str) -> Row:
    result = folder / "run.json"
    done = main(["--headless", *words, "-o", str(result)])
    document = json.loads(result.read_text())
    assert done == ExitCode.OK, document["failures"]
    [row] = document["rows"]
    assert row["valid"]
    assert row["output"]["ok"]
    return row  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Row:
    return run(tmp_path_factory.mktemp("plain"), *ACTIVITY, *H7)


def test_by_default_weights_and_code_are_in_the_flash(plain: Row) -> None:
    assert plain["placement"] == "weights=flash,activations=dtcm,scratch=dtcm,code=flash"


def test_weights_in_dtcm_give_the_same_outputs_in_fewer_cycles(plain: Row, tmp_path: Path) -> None:
    row = run(tmp_path, *ACTIVITY, *H7, "--place", "weights=dtcm")
    assert row["placement"] == "weights=dtcm,activations=dtcm,scratch=dtcm,code=flash"
    assert row["output"] == plain["output"], "to the last bit"
    assert row["cycles"]["median"] < 0.8 * plain["cycles"]["median"]
    weights = row["weights_bytes"]
    assert 0 <= row["ram_bytes"] - plain["ram_bytes"] - weights < 128, "the copy is counted"
    assert 0 <= row["flash_bytes"] - plain["flash_bytes"] < 512, "and its source, once"


def test_for_speed_weights_go_there_unasked(tmp_path: Path) -> None:
    row = run(tmp_path, *ACTIVITY, *H7, "--optimize", SPEED)
    assert row["placement"].startswith("weights=dtcm,")


@pytest.mark.parametrize(
    "place",
    [
        "code=itcm",
        "code=axi,weights=axi,activations=axi",
        "activations=sram1,code=sram2",  # without a clock after a reset
    ],
)
def test_every_memory_can_be_used(plain: Row, tmp_path: Path, place: str) -> None:
    row = run(tmp_path, *ACTIVITY, *H7, "--place", place)
    wanted = dict(pair.split("=") for pair in place.split(","))
    found = dict(pair.split("=") for pair in row["placement"].split(","))
    assert found.items() >= wanted.items()
    assert row["output"] == plain["output"]
    assert row["elf_sha256"] != plain["elf_sha256"]


def test_scratch_memory_can_be_apart_from_the_activations(tmp_path: Path) -> None:
    words = ("--model", "house_price:int8", "--inferences", "1", *H7, "--optimize", SPEED)
    row = run(tmp_path, *words, "--place", "scratch=axi")
    assert "activations=dtcm,scratch=axi" in row["placement"]


@pytest.mark.parametrize("board", ["nucleo_wb55rg", "nucleo_f446re", "nucleo_u575zi_q"])
def test_weights_in_the_sram_of_other_cores(tmp_path: Path, board: str) -> None:
    words = ("--model", "house_price", "--inferences", "1", "--on", f"sim:{board}")
    flash = run(tmp_path, *words)
    sram = run(tmp_path, *words, "--optimize", SPEED)
    assert "weights=sram" in sram["placement"]
    assert sram["cycles"]["median"] < flash["cycles"]["median"]


def test_what_st_generated_is_placed_as_st_links_it_and_as_asked(tmp_path: Path) -> None:
    found = catalog.find("house_price")
    assert isinstance(found, catalog.CatalogModel)
    house = load.load(found.keras)
    folder = StandIn(house, "ai_7", (10, 2, 0), cores=("M7",)).write(tmp_path / "generated")
    words = (*H7, "--model", "house_price", "--cubeai-dir", str(folder), "--inferences", "1")
    default = run(tmp_path, *words)
    assert default["runtime"]["name"] == CUBEAI
    assert default["placement"] == "weights=flash,activations=axi,code=flash"
    row = run(tmp_path, *words, "--place", "activations=dtcm,weights=dtcm,code=itcm")
    assert row["placement"] == "weights=dtcm,activations=dtcm,code=itcm"
    assert row["output"] == default["output"]


def test_mistakes_are_told_before_anything_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    for place, said in (
        ("weights=ccm", "has no memory 'ccm'"),
        ("weights=itcm", "weights cannot be in the memory 'itcm'"),
        ("wights=dtcm", "does not know the part 'wights'"),
    ):
        assert main(["--headless", *ACTIVITY, *H7, "--place", place]) == ExitCode.INPUT
        assert said in capsys.readouterr().err
    with pytest.raises(InputError, match="scratch is of tinylab's code"):
        make_plan(
            ["house_price"],
            [parse_station("sim:nucleo_h723zg")],
            Options(place=("scratch=dtcm",), runtimes=(CUBEAI,), cubeai_dirs=("x",)),
        )


def test_what_does_not_fit_says_where_and_what_would(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = tmp_path / "run.json"
    words = ["--headless", *ACTIVITY, *H7, "--place", "weights=sram1", "-o", str(result)]
    assert main(words) == DoesNotFit.exit_code
    [failure] = json.loads(result.read_text())["failures"]
    assert "bytes missing in SRAM1" in failure["message"]
    assert failure["remedy"] == "It fits with --place weights=flash."
