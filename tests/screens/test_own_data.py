"""A person's own samples, chosen in the interface."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes.scripted import Scripted, record_of
from tests.screens.stage import SIZES, Bench, play
from tinylab.bench.plan.events import Event, RunFinished, SampleRun, Samples, Stage, StageStarted
from tinylab.results.record_parts import Accuracy, DataRun
from tinylab.screens.data_dialog import DataDialog
from tinylab.screens.selection import StartRequest
from tinylab.stats.cycles import summarize
from tinylab.zoo import catalog

CYCLES = (34_500, 34_100, 36_000, 34_600)


@pytest.fixture
def houses(home: Path) -> Path:
    golden = catalog.golden(catalog.model("house_price"))
    np.savez(home / "here" / "houses.npz", x=golden.inputs[:4], y=golden.targets[:4])
    return home / "here" / "houses.npz"


async def choose(bench: Bench, path: str) -> None:
    await bench.press("f")
    await bench.type(path)
    await bench.press("enter")
    await bench.until(lambda: "reading" not in bench.text)


async def chosen(bench: Bench, path: str) -> None:
    await choose(bench, path)
    await bench.until(lambda: not isinstance(bench.app.screen, DataDialog))


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_chosen_and_taken_back(houses: Path, size: tuple[int, int]) -> None:
    async def story(bench: Bench) -> None:
        await chosen(bench, "houses.npz")
        assert "houses.npz (4)" in bench.text
        selection = bench.app.bench.selection
        assert selection is not None
        assert [one.name for one in selection.models if one.ticked] == ["house_price"]
        assert selection.whole_plan().options.data is not None
        assert "Unticked, as they take other data" in bench.notices
        assert "! takes other data" in bench.text
        await chosen(bench, "")
        assert selection.whole_plan().options.data is None
        assert "! takes other data" not in bench.text
        assert "your own data  f" in bench.text
        assert "random values" in bench.notices

    play(story, size=size, asked=StartRequest(on=("sim:nucleo_wb55rg",)))


def test_what_cannot_be_used_is_told_in_the_dialog_and_can_be_mended(
    houses: Path, home: Path
) -> None:
    np.savez(home / "here" / "odd.npz", x=np.zeros((4, 5)))
    (home / "here" / "gap.csv").write_text("1,2\n3,nan\n")
    (home / "here" / "word.csv").write_text("1,2\n3,many\n")

    async def story(bench: Bench) -> None:
        await bench.press("f")
        entry = bench.app.screen.query_one("#data-path")
        for name, told in (
            ("gone.csv", "There is no data file gone.csv"),
            ("gap.csv", "gap.csv, row 2, column 2 is nan"),
            ("word.csv", "word.csv, row 2, column 2 is no number: 'many'"),
            ("odd.npz", "odd.npz: x has the shape 4 x 5; predict house price takes n x 19"),
        ):
            entry.value = name  # type: ignore[attr-defined]
            await bench.press("enter")
            await bench.until(lambda told=told: told in bench.prose(".dialog-error"))  # type: ignore[misc]
        entry.value = "houses.npz"  # type: ignore[attr-defined]
        await bench.press("enter")
        await bench.until(lambda: not isinstance(bench.app.screen, DataDialog))
        assert bench.app.bench.selection is not None
        assert bench.app.bench.selection.options.data is not None
        await bench.press("f", "escape")  # changes nothing
        assert bench.app.bench.selection.options.data is not None

    play(story)


def test_a_file_can_be_picked_from_the_tree(houses: Path) -> None:
    async def story(bench: Bench) -> None:
        await bench.press("f")
        await bench.sees("houses.npz")
        await bench.press("tab", "down", "enter")
        await bench.until(lambda: not isinstance(bench.app.screen, DataDialog))
        assert "houses.npz (4)" in bench.text

    play(story)


class OverSamples(Scripted):
    """Runs four samples after the repetitions of the first."""

    def __call__(self, plan, store, cancelled) -> Iterator[Event]:  # type: ignore[no-untyped-def]
        for job in plan.jobs:
            yield StageStarted(job, Stage.MEASURE)
            yield Samples(job, 3, np.array([34_500] * 3, np.uint64))
            for number, cycles in enumerate(CYCLES, start=1):
                yield SampleRun(
                    job, Stage.MEASURE, number / 4, number=number, count=4, cycles=cycles
                )
            over = summarize(np.array(CYCLES, np.uint64))
            data = DataRun("houses.npz", "ab" * 32, 4, 1, (3,), over, 2, 3, CYCLES)
            known = Accuracy("accuracy", "houses.npz", 4, host=1.0, board=0.75)
            made = replace(record_of(job), data=data, inputs="houses.npz", accuracy=known)
            yield RunFinished(job, made)


@pytest.mark.parametrize("size", SIZES)
def test_the_time_of_each_sample_is_drawn_and_told(houses: Path, size: tuple[int, int]) -> None:
    async def story(bench: Bench) -> None:
        await chosen(bench, "houses.npz")
        bench.app.clear_notifications()
        await bench.run_all()
        await bench.press("2")
        live = bench.prose("#live")
        assert "Drawn: 4 of 4 samples. Figures: sample 1, 3 times." in live
        assert "fastest 0.710 ms (sample 2) slowest 0.750 ms (sample 3)" in live
        assert "σ 2.4 % between samples, 0 % within sample 1 (3 times)" in live
        assert "accuracy 0.750 on the board, 1.000 on the host 1 of 4 differ: 3" in live
        assert "sample 4" in bench.prose("#plot")
        if size == SIZES[0]:  # the page below must be scrolled there
            return
        await bench.press("t", "enter")
        await bench.sees("Time over 4 samples of houses.npz")
        assert "1 of 4 samples: 3" in bench.text
        assert "34,100 cycles, sample 2" in bench.text
        assert "36,000 cycles, sample 3" in bench.text

    asked = StartRequest(models=("house_price",), on=("sim:nucleo_wb55rg@48",))
    play(story, OverSamples(), asked, size)
