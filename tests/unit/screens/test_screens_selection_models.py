"""What lies on the bench: models, options, and the plan that they make with the stations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinylab import paths
from tinylab.bench.plan.plan import Options
from tinylab.bench.prepare.model_facts import ModelFacts
from tinylab.bench.prepare.placing import Need
from tinylab.errors import InputError, ModelFileError, UnknownName
from tinylab.screens.selection import Selection, StartRequest
from tinylab.settings import Settings
from tinylab.zoo.samples.files import SampleFile

CATALOGUE = ["house_price", "human_activity", "image_classification"]
LISTED = [*CATALOGUE, *(f"{name}:int8" for name in CATALOGUE)]
WB = "sim:nucleo_wb55rg"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "mine.tflite"
    made.write_bytes(b"0000TFL3")
    return made


def desk(asked: StartRequest | None = None, **settings: object) -> Selection:
    return Selection(asked or StartRequest(), Settings(**settings))  # type: ignore[arg-type]


def ticked(on: Selection) -> list[str]:
    return [model.name for model in on.models if model.ticked]


def facts(name: str = "house_price", **weights: int) -> ModelFacts:
    """A model whose weights take that many bytes, by compression."""
    needs = {how: Need(size, 1000, 100, 40) for how, size in weights.items()}
    return ModelFacts(
        name=name,
        title="predict house price",
        input_shapes=((8,),),
        output_shapes=((1,),),
        parameters=1,
        macc=1,
        number_type="float32",
        layers=(),
        needs=needs,
        default_compression="none",
        sha256="ab" * 32,
    )


def test_the_catalogue_is_ticked_unless_models_are_asked_for() -> None:
    assert ticked(desk()) == CATALOGUE
    assert ticked(desk(StartRequest(models=("human_activity",)))) == ["human_activity"]


def test_an_int8_version_is_a_model_of_its_own_and_belongs_to_the_catalogue() -> None:
    bench = desk(StartRequest(models=("house_price:int8",)))
    assert ticked(bench) == ["house_price:int8"]
    with pytest.raises(InputError, match="belongs to the catalogue"):
        bench.remove_model("house_price:int8")
    bench.tick_model("house_price")
    cells = [(job.model, job.title) for job in bench.whole_plan().jobs if job.clock_hz == 48e6]
    assert cells == [
        ("house_price", "predict house price"),
        ("house_price:int8", "predict house price, int8"),
    ]


def test_a_file_that_is_asked_for_is_the_only_model_ticked(file: Path) -> None:
    bench = desk(StartRequest(models=(str(file),)))
    assert [model.name for model in bench.models] == [*LISTED, str(file)]
    assert ticked(bench) == [str(file)]


def test_a_file_is_one_model_however_it_is_named(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its whole path is remembered: tinylab may be started from another folder next time."""
    monkeypatch.chdir(file.parent)
    bench = desk(StartRequest(models=("mine.tflite",)), models=(str(file),))
    assert bench.add_model(f"../{file.parent.name}/mine.tflite") == str(file)
    assert [model.name for model in bench.models] == [*LISTED, str(file)]


def test_files_that_were_added_before_are_there_and_not_ticked(file: Path) -> None:
    bench = desk(models=(str(file),))
    model = bench.model(str(file))
    assert model is not None
    assert (model.title, model.added, model.ticked) == ("mine.tflite", True, False)


def test_an_added_file_is_ticked_and_can_be_taken_away(file: Path) -> None:
    bench = desk()
    name = bench.add_model(str(file))
    assert ticked(bench) == [*CATALOGUE, name]
    bench.remove_model(name)
    assert ticked(bench) == CATALOGUE
    assert file.exists()


def test_the_catalogues_models_stay() -> None:
    bench = desk()
    assert bench.add_model("house_price") == "house_price"
    with pytest.raises(InputError, match="belongs to the catalogue"):
        bench.remove_model("house_price")
    assert [model.name for model in bench.models] == LISTED


def test_a_file_that_is_not_there_is_not_added() -> None:
    bench = desk()
    with pytest.raises(UnknownName, match=r"no model file .*none\.tflite"):
        bench.add_model("none.tflite")
    assert [model.name for model in bench.models] == LISTED


def test_what_is_found_out_about_a_model_stands_in_its_line(file: Path) -> None:
    bench = desk()
    name = bench.add_model(str(file))
    broken = ModelFileError("mine.tflite: is no model.")
    bench.learn(name, broken)
    model = bench.model(name)
    assert model is not None
    assert (model.facts, model.title) == (broken, "mine.tflite")
    bench.learn(name, facts(name, none=1))
    known = bench.model(name)
    assert known is not None
    assert known.title == "predict house price"
    bench.remove_model(name)
    bench.learn(name, broken)
    assert bench.model(name) is None


def test_clocks_and_ticks_make_the_plan() -> None:
    bench = desk(StartRequest(on=(WB,)))
    bench.set_clocks(WB, [16e6, 48e6, 64e6])
    bench.tick_model("house_price")
    cells = [(job.model, job.clock_hz // 10**6) for job in bench.whole_plan().jobs]
    assert cells == [(model, mhz) for model in CATALOGUE[1:] for mhz in (16, 48, 64)]
    one = bench.plan_of(bench.station(WB), bench.model("house_price"))
    assert [(job.model, job.clock_hz) for job in one.jobs] == [
        ("house_price", mhz * 10**6) for mhz in (16, 48, 64)
    ]


def test_without_a_model_the_plan_says_what_to_tick() -> None:
    bench = desk()
    for name in CATALOGUE:
        bench.tick_model(name)
    with pytest.raises(InputError, match="No model is ticked"):
        bench.whole_plan()
    with pytest.raises(InputError, match="No station or no model is selected"):
        bench.plan_of(bench.station(WB), None)


def test_the_command_line_outweighs_the_settings_until_an_option_is_chosen_anew() -> None:
    asked = StartRequest(options={"warmup": 0, "compression": "x4"})
    bench = desk(asked, warmup=7, inferences=9, fail_fast=True)
    assert bench.options == Options(compression="x4", inferences=9, warmup=0, fail_fast=True)
    bench.asked = bench.asked.without("warmup")
    assert bench.options == Options(compression="x4", inferences=9, warmup=7, fail_fast=True)
    assert bench.whole_plan().options == bench.options


def test_what_is_lacking_depends_on_the_board_and_the_compression_chosen() -> None:
    bench = desk()
    bench.learn("house_price", facts(none=2**20, x4=2**18, x8=2**17))
    model, wb = bench.model("house_price"), bench.station(WB)
    assert model is not None
    lacking = bench.lacking(wb, model)
    assert lacking is not None
    assert (lacking.flash, lacking.ram, lacking.compression) == (32 * 1024, 0, "x4")
    bench.settings = Settings(compression="x4")
    assert bench.lacking(wb, model) is None
    assert bench.lacking(None, model) is None


def test_nothing_is_lacking_while_the_model_is_not_known() -> None:
    bench = desk(compression="none")
    bench.learn("house_price", ModelFileError("broken"))
    for name in ("house_price", "image_classification"):
        model = bench.model(name)
        assert model is not None
        assert bench.lacking(bench.station(WB), model) is None


def test_a_model_file_of_the_catalogue_is_a_model_of_its_own() -> None:
    file = paths.models() / "house_price" / "model.tflite"
    bench = desk(StartRequest(models=(str(file),)))
    assert ticked(bench) == [str(file.resolve())]


def data(**arrays: np.ndarray) -> SampleFile:
    return SampleFile("mine.npz", "ab" * 32, arrays)


def test_data_reach_every_plan_and_untick_models_that_take_others() -> None:
    bench = desk(StartRequest(on=(WB,)))
    mine = data(x=np.zeros((7, 19)))
    refused = InputError("mine.npz: x has the shape 7 x 19.", remedy="Another.")
    said = bench.take_data(mine, {"human_activity": refused, "human_activity:int8": refused})
    assert (
        said
        == "mine.npz: 7 samples. Unticked, as they take other data: human activity recognition."
    )
    assert ticked(bench) == ["house_price", "image_classification"]
    assert bench.whole_plan().options.data is mine
    assert [one.refusal for one in bench.models][1] is refused
    bench.take_data(None)
    assert bench.whole_plan().options.data is None
    assert not any(one.refusal for one in bench.models)


def test_models_that_take_the_data_are_ticked_if_no_ticked_one_does() -> None:
    bench = desk(StartRequest(models=("house_price",)))
    refused = InputError("no", remedy="Another.")
    names = [name for name in LISTED if not name.startswith("human_activity")]
    bench.take_data(data(x=np.zeros((7, 26, 3))), dict.fromkeys(names, refused))
    assert ticked(bench) == ["human_activity", "human_activity:int8"]
