"""Choosing what to run: lists, clocks, models of one's own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.screens.stage import Bench, play
from tinylab import paths
from tinylab.boards.catalog import by_name
from tinylab.screens import bench_text
from tinylab.screens.dialogs import AddModelDialog
from tinylab.screens.selection import StartRequest
from tinylab.screens.widgets.clock import ClockInput
from tinylab.screens.widgets.models import ModelList
from tinylab.screens.widgets.stations import StationList
from tinylab.units import plus_minus

WB_ERROR = f"error {plus_minus(by_name('nucleo_wb55rg').expected_error_percent)}"


def clocks(bench: Bench, key: str = "sim:nucleo_wb55rg") -> tuple[float, ...]:
    selection = bench.app.bench.selection
    assert selection is not None
    station = selection.station(key)
    assert station is not None
    return tuple(hz / 1e6 for hz in station.clocks_hz)


@pytest.fixture
def own_model(home: Path) -> Path:
    """A network file outside the catalogue."""
    path = home / "here" / "mine.tflite"
    shutil.copy(paths.models() / "human_activity" / "model.tflite", path)
    return path


def test_virtual_boards_are_marked_and_their_error_is_told() -> None:
    async def story(bench: Bench) -> None:
        assert "SIM ready" in bench.line("sim:nucleo_wb55rg")
        assert f"48, 64 MHz  {WB_ERROR}" in bench.text
        assert bench.app.bench.selection is not None
        errors = bench_text.simulation_errors(bench.app.bench.selection.stations)
        assert bench.text.splitlines()[0].endswith(errors)

    play(story)


def test_models_show_parameters_macc_type_and_bytes() -> None:
    async def story(bench: Bench) -> None:
        assert bench.line("image_classification").split("│")[1].endswith("float  412,778 ")
        assert bench.line("image_classific…:int8").split("│")[1].endswith(" int8  412,778 ")
        assert "2,323,968 MACC 240.5 KiB as x8" in bench.prose("#models")

    play(story)


def test_a_model_that_does_not_fit_says_how_many_bytes_are_missing() -> None:
    async def story(bench: Bench) -> None:
        words = "! does not fit: flash 635,304 bytes too small; x4 would fit"
        assert words in bench.prose("#models")
        assert bench.text.count("does not fit") == 1

    play(story, asked=StartRequest(options={"compression": "none"}), size=(200, 60))


def test_c_type_enter_r_runs_at_another_clock() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        await bench.type("16")
        await bench.press("enter")
        assert clocks(bench) == (16,)
        assert f"16 MHz  {WB_ERROR}" in bench.text
        assert isinstance(bench.focused(), StationList)

    play(story)


def test_several_clocks_make_a_sweep() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        await bench.type("16, 32,64")
        await bench.press("enter")
        assert clocks(bench) == (16, 32, 64)
        selection = bench.app.bench.selection
        assert selection is not None
        jobs = selection.plan_of(*bench.app.bench.pane.chosen).jobs
        assert [job.clock_hz for job in jobs] == [16_000_000, 32_000_000, 64_000_000]

    play(story)


def test_an_impossible_clock_is_answered_with_the_nearest_and_enter_takes_it() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        await bench.type("80")
        await bench.press("enter")
        assert "! not possible; nearest to 80: 64 Enter selects 64" in bench.prose("#clock")
        assert clocks(bench) == (48, 64), "nothing is taken unasked"
        await bench.press("enter")
        assert clocks(bench) == (64,)

    play(story)


def test_the_range_and_common_clocks_follow_the_station() -> None:
    async def story(bench: Bench) -> None:
        assert "0.1 … 64 MHz" in bench.text
        await bench.press("down")
        assert "8 … 550 MHz" in bench.text
        assert "common: 64 180 275 400 550" in bench.text
        await bench.press("c", "down")
        assert bench.app.bench.query_one(ClockInput).value == "180, 400"
        await bench.press("enter")
        assert clocks(bench, "sim:nucleo_h723zg") == (180, 400)

    play(story)


def test_escape_leaves_the_clock_as_it_was() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("c")
        await bench.type("1")
        await bench.press("escape")
        assert clocks(bench) == (48, 64)
        assert bench.app.bench.query_one(ClockInput).value == "48, 64"

    play(story)


def test_a_model_of_ones_own_is_added_by_its_path_and_remembered(
    own_model: Path, home: Path
) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("a")
        await bench.type("mine.tflite")
        await bench.press("enter")
        await bench.ready()
        assert "12,075" in bench.line("mine")
        assert bench.app.bench.query_one(ModelList).key == str(own_model)
        await bench.press("r")
        await bench.until(lambda: bench.app.bench.sessions.live is not None)
        live = bench.app.bench.sessions.live
        assert live is not None
        assert live.plan.jobs[0].model == str(own_model)

    play(story, asked=StartRequest(on=("sim:nucleo_wb55rg@64",)))
    saved = json.loads((home / "config" / "settings.json").read_text())
    assert saved["models"] == [str(own_model)]

    async def next_time(bench: Bench) -> None:
        assert "12,075" in bench.line("mine")
        await bench.press("m", "end", "delete")
        assert "mine" not in bench.text

    play(next_time)
    assert json.loads((home / "config" / "settings.json").read_text())["models"] == []
    assert own_model.exists()


def test_a_model_can_be_picked_from_the_tree(own_model: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("a")
        await bench.sees("mine.tflite")
        await bench.press("tab", "down", "enter")
        await bench.until(lambda: not isinstance(bench.app.screen, AddModelDialog))
        await bench.ready()
        assert "12,075" in bench.line("mine")

    play(story)


def test_a_path_that_is_no_model_is_refused_with_a_remedy(home: Path) -> None:
    (home / "here" / "notes.keras").write_text("hello")
    (home / "here" / "cut.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(8))

    async def story(bench: Bench) -> None:
        await bench.press("a")
        await bench.type("gone.keras")
        await bench.press("enter")
        assert "There is no model file gone.keras." in bench.trouble
        await bench.press("escape", "a")
        await bench.type("notes.keras")
        await bench.press("enter")
        assert "notes.keras is not a model file." in bench.trouble
        await bench.press("escape", "a")
        await bench.type("cut.h5")
        await bench.press("enter")
        await bench.ready()
        assert "! not usable" in bench.line("cut.h5")
        assert "cut.h5: is not a complete HDF5 file." in bench.prose("#models")
        await bench.press("m", "i")
        assert "cut.h5 cannot be used" in bench.text

    play(story)


def test_models_of_the_catalogue_cannot_be_removed() -> None:
    async def story(bench: Bench) -> None:
        await bench.press("m", "delete")
        await bench.sees("belongs to the catalogue")
        assert "house_price" in bench.text

    play(story)


def test_damaged_settings_are_told_and_the_bench_opens(home: Path) -> None:
    (home / "config").mkdir()
    (home / "config" / "settings.json").write_text("{")

    async def story(bench: Bench) -> None:
        assert "settings.json cannot be used" in bench.trouble
        assert "Correct or delete that file" in bench.trouble
        await bench.press("escape")
        assert "SIM ready" in bench.text

    play(story)
