"""Samples as text: what is drawn fits its room and can be read back from it."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tinylab.screens.widgets.plot import bars, line_plot, sample_plot

MHZ = 1_000_000
HZ = 64 * MHZ
NONE = np.array([], dtype=np.uint64)
RANDOM = np.random.default_rng(4).integers(80_000, 99_000, 300).astype(np.uint64)


def counts(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.uint64)


SERIES = {
    "none": (NONE, NONE),
    "one": (NONE, counts(34_532)),
    "warm-up only": (counts(90_000, 34_532), NONE),
    "flat": (counts(34_532), counts(*[34_532] * 50)),
    "one tick": (NONE, counts(*[13_711_411] * 9, 13_711_412)),
    "random": (RANDOM[:5], RANDOM),
    "zero": (NONE, counts(0, 0, 0)),
}


def dots(line: str) -> str:
    return re.split("[┤└]", line, maxsplit=1)[1]


def labels(lines: list[str]) -> list[str]:
    found = (line.split("┤")[0].strip() for line in lines[:-1])
    return [label for label in found if label]


@pytest.mark.parametrize("name", SERIES)
def test_nothing_is_wider_or_higher_than_its_room(name: str) -> None:
    warmup, cycles = SERIES[name]
    for height in range(13):
        for width in range(41):
            for lines in (
                line_plot(warmup, cycles, HZ, width, height),
                bars(cycles, HZ, width, height),
                sample_plot(cycles, HZ, width, height),
            ):
                assert len(lines) <= height, (width, height)
                assert max(map(len, lines), default=0) <= width, (width, height)


@pytest.mark.parametrize("name", SERIES)
def test_a_room_of_the_usual_size_is_used(name: str) -> None:
    warmup, cycles = SERIES[name]
    assert len(line_plot(warmup, cycles, HZ, 40, 8)) == (8 if warmup.size + cycles.size else 0)
    assert bool(bars(cycles, HZ, 32, 8)) == bool(cycles.size)


def test_the_warm_up_is_marked_under_its_dots() -> None:
    axis = dots(line_plot(counts(9, 9, 9), counts(7, 7, 7, 7, 7), HZ, 60, 6)[-1])
    marked, rest = axis.count("w"), axis.count("─")
    assert axis == "w" * marked + "─" * rest
    assert marked / (marked + rest) == pytest.approx(3 / 8, abs=0.05)
    assert "w" not in line_plot(NONE, counts(7, 7), HZ, 60, 6)[-1]


def test_a_warm_up_that_has_left_the_picture_is_marked_no_more() -> None:
    lines = line_plot(counts(*[9_000] * 3), counts(*[7] * 500), HZ, 40, 6)
    assert set(dots(lines[-1])) == {"─"}
    assert labels(lines) == ["0.109 µs"]


def test_a_flat_series_lies_in_the_middle_with_one_label() -> None:
    lines = line_plot(NONE, counts(*[64_000] * 20), HZ, 40, 8)
    assert labels(lines) == ["1.00 ms"]
    drawn = [index for index, line in enumerate(lines[:-1]) if dots(line)]
    assert drawn == [3]
    assert lines[3].startswith("1.00 ms")


def test_labels_tell_the_top_the_middle_and_the_bottom_apart() -> None:
    lines = line_plot(NONE, counts(*[13_711_411] * 9, 13_711_413), HZ, 40, 6)
    top, middle, bottom = (float(text.removesuffix(" ms")) for text in labels(lines))
    assert top > middle > bottom
    assert top == pytest.approx(1e3 * 13_711_413 / HZ)
    assert bottom == pytest.approx(1e3 * 13_711_411 / HZ)


def test_slow_inferences_stand_above_fast_ones_and_late_ones_right_of_early_ones() -> None:
    lines = line_plot(NONE, counts(1_000, 1_000, 1_000, 9_000, 9_000, 9_000), HZ, 40, 6)
    top, bottom = dots(lines[0]), dots(lines[-2])
    assert len(bottom) < len(top)
    assert top.startswith("\u2800" * (len(bottom) - 1))
    assert not bottom.startswith("\u2800")


@pytest.mark.parametrize("name", ["one", "flat", "one tick", "random"])
@pytest.mark.parametrize("height", [1, 2, 5, 12])
def test_the_counts_beside_the_bars_add_up_or_are_not_there(name: str, height: int) -> None:
    _, cycles = SERIES[name]
    for width in range(41):
        lines = bars(cycles, HZ, width, height)
        counted = sum(int(line.split()[-1].replace(",", "")) for line in lines)
        assert counted == cycles.size if lines else width < 18


def test_bars_are_as_long_as_their_counts_and_rare_times_are_seen() -> None:
    cycles = counts(*[64_000] * 1_000, *[64_001] * 500, 64_002)
    lines = bars(cycles, HZ, 60, 3)
    lengths = [line.count("█") for line in lines]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=1)
    assert lengths[2] == 0
    assert "▏" in lines[2]
    assert [line.split()[-1] for line in lines] == ["1,000", "500", "1"]
    assert [line.split()[0] for line in lines] == ["1.00000", "1.00002", "1.00003"]


@pytest.mark.parametrize("place", [0, 7, 2_500, 4_999])
def test_the_slowest_of_many_samples_is_drawn_where_it_is(place: int) -> None:
    each = np.full(5_000, 1_000, dtype=np.uint64)
    each[place] = 2_000
    lines = sample_plot(each, HZ, 60, 8)
    top = dots(lines[0])
    room = 60 - lines[0].index("┤") - 1
    assert top.strip("\u2800")
    assert abs(len(top) - 1 - place / 5_000 * room) <= 1
    assert lines[-1].endswith("─ sample 5,000")
    assert dots(lines[-1]).startswith("1─")
