"""What is known about a model before it is run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.records import MACC, PARAMETERS
from tinylab import paths
from tinylab.bench.prepare.model_facts import ModelFacts, Shortage, shortage, survey
from tinylab.bench.prepare.placing import Need
from tinylab.boards import catalog as boards
from tinylab.errors import Interrupted, ModelFileError, TinylabError
from tinylab.screens.selection import Selection, StartRequest
from tinylab.settings import Settings
from tinylab.zoo import catalog, load

WB, H7 = boards.by_name("nucleo_wb55rg"), boards.by_name("nucleo_h723zg")
KIB = 1024


def surveyed(*names: str) -> dict[str, ModelFacts | TinylabError]:
    return dict(survey(names, lambda: False))


def with_needs(
    facts: ModelFacts, weights_kib: tuple[int, int, int], activations: int
) -> ModelFacts:
    needs = {
        how: Need(size * KIB, activations, 100, 40)
        for how, size in zip(("none", "x4", "x8"), weights_kib, strict=True)
    }
    return replace(facts, needs=needs)


@pytest.fixture(scope="module")
def known() -> dict[str, ModelFacts]:
    """The facts of the catalogue, all read by one process."""
    found = surveyed(*catalog.names())
    return {name: facts for name, facts in found.items() if isinstance(facts, ModelFacts)}


def test_parameters_and_macc_are_those_of_the_published_study(known: dict[str, ModelFacts]) -> None:
    assert {name: facts.parameters for name, facts in known.items()} == PARAMETERS
    assert {name: facts.macc for name, facts in known.items()} == MACC
    for name, facts in known.items():
        assert sum(layer.parameters for layer in facts.layers) == facts.parameters, name
        assert sum(layer.macc for layer in facts.layers) == facts.macc, name


def test_facts_say_what_goes_in_and_what_comes_out(known: dict[str, ModelFacts]) -> None:
    facts = known["image_classification"]
    assert (facts.name, facts.title) == ("image_classification", "image classification")
    assert facts.number_type == "float32"
    golden = catalog.golden(catalog.model("image_classification"))
    assert facts.input_shapes == (golden.inputs.shape[1:],)
    assert facts.output_shapes == (golden.outputs.shape[1:],)


def test_uncompressed_weights_take_four_bytes_a_parameter(known: dict[str, ModelFacts]) -> None:
    for facts in known.values():
        assert facts.weight_bytes("none") == 4 * facts.parameters
        assert facts.weight_bytes("none") >= facts.weight_bytes("x4") >= facts.weight_bytes("x8")


def test_without_a_choice_a_model_is_compressed_as_its_card_says(
    known: dict[str, ModelFacts],
) -> None:
    facts = known["image_classification"]
    assert facts.weight_bytes(None) == facts.weight_bytes("x8") < facts.weight_bytes("none")
    assert facts.need("auto") == facts.need("x8")
    assert known["house_price"].need(None) == known["house_price"].need("none")


def test_the_one_model_that_is_too_large_for_the_small_board_fits_compressed(
    known: dict[str, ModelFacts],
) -> None:
    facts = known["image_classification"]
    lacking = shortage(WB, facts, "none")
    assert lacking is not None
    assert lacking.flash == 4 * PARAMETERS["image_classification"] + 32 * KIB - WB.flash.size
    assert lacking.ram == 0
    assert lacking.compression is not None
    for compression in (lacking.compression, None, "auto"):
        assert shortage(WB, facts, compression) is None
    for name in ("house_price", "human_activity"):
        for board in (WB, H7):
            assert shortage(board, known[name], "none") is None


def test_the_bench_tells_that_shortage_when_compression_is_switched_off(
    known: dict[str, ModelFacts],
) -> None:
    bench = Selection(StartRequest(), Settings())
    bench.learn("image_classification", known["image_classification"])
    model, station = bench.model("image_classification"), bench.station("sim:nucleo_wb55rg")
    assert model is not None
    assert bench.lacking(station, model) is None
    bench.settings = Settings(compression="none")
    assert bench.lacking(station, model) == shortage(WB, known["image_classification"], "none")


@pytest.mark.parametrize(
    ("weights", "activations", "expected"),
    [
        ((1024, 512, 256), 1000, Shortage(32 * KIB, 0, "x4")),
        ((2048, 1024, 256), 1000, Shortage(1056 * KIB, 0, "x8")),
        ((4096, 2048, 1024), 1000, Shortage(3104 * KIB, 0, None)),
    ],
)
def test_the_least_compression_that_helps_is_named(
    known: dict[str, ModelFacts],
    weights: tuple[int, int, int],
    activations: int,
    expected: Shortage,
) -> None:
    assert WB.flash.size == 1024 * KIB
    facts = with_needs(known["house_price"], weights, activations)
    assert shortage(WB, facts, "none") == expected


def test_no_compression_helps_where_ram_is_short(known: dict[str, ModelFacts]) -> None:
    most = WB.ram[0].size - Need(0, 0, 100, 40).fixed_ram
    assert shortage(WB, with_needs(known["house_price"], (1, 1, 1), most), "none") is None
    facts = with_needs(known["house_price"], (1, 1, 1), most + 3)
    assert shortage(WB, facts, "none") == Shortage(0, 3, None)


def test_a_broken_file_among_good_ones_is_its_own_trouble_only(
    known: dict[str, ModelFacts], tmp_path: Path
) -> None:
    good = paths.models() / "house_price" / "model.tflite"
    cut = tmp_path / "cut.tflite"
    cut.write_bytes(good.read_bytes()[:100])
    found = surveyed(str(cut), "house_price", str(tmp_path / "none.keras"), str(good))
    assert list(found) == [str(cut), "house_price", str(tmp_path / "none.keras"), str(good)]
    trouble, shipped, missing, file = found.values()
    assert isinstance(trouble, ModelFileError)
    assert "cut.tflite" in trouble.message
    assert isinstance(missing, TinylabError)
    assert "none.keras" in missing.message
    assert isinstance(shipped, ModelFacts)
    assert isinstance(file, ModelFacts)
    assert (file.parameters, file.macc) == (shipped.parameters, shipped.macc)
    assert (file.title, file.default_compression) == ("house_price", "none")


def test_facts_of_a_model_come_before_the_next_one_is_asked_for(
    known: dict[str, ModelFacts], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long list fills line by line."""
    asked: list[Path] = []
    honest = load.load
    monkeypatch.setattr(
        load, "load", lambda file, cancelled: asked.append(file) or honest(file, cancelled)
    )
    facts: Iterator[object] = survey(catalog.names(), lambda: False)
    next(facts)
    assert [file.parent.name for file in asked] == ["house_price"]


def test_cancelled_stops_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))
    with pytest.raises(Interrupted):
        list(survey(["house_price"], lambda: True))
