"""Which runs are compared with which, what differs in their making, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.records import record
from tests.unit.results.comparison.run_figures import figures, silicon
from tinylab.errors import InputError
from tinylab.results.comparison.comparison import compare, missing
from tinylab.results.comparison.figures import figures_of
from tinylab.results.comparison.layers import changed, layer_changes
from tinylab.results.comparison.pairing import STRICT


def test_runs_of_two_runtimes_are_compared_each_with_its_own() -> None:
    theirs = {"runtime": "cubeai"}
    now = [figures(1_000), figures(3_000, **theirs)]
    before = [figures(2_000, **theirs), figures(1_000)]
    assert [one.verdict.ratio for one in compare(now, before)] == [1.0, 1.5]
    assert [one.verdict.ratio for one in compare([figures(1_500)], before)] == [1.5]


def test_a_run_gets_the_partner_that_is_most_like_it() -> None:
    now = [figures(1), figures(2, clock_hz=64_000_000), figures(3, board="nucleo_h723zg")]
    before = [figures(6, board="nucleo_h723zg"), figures(4, clock_hz=64_000_000), figures(2)]
    assert [one.before.median for one in compare(now, before)] == [2, 4, 6]


def test_a_silicon_run_is_put_beside_the_simulated_one_of_its_board() -> None:
    now = [silicon(1), silicon(2, board="nucleo_h723zg")]
    (first, second) = compare(now, [figures(4, board="nucleo_h723zg"), figures(3)])
    assert (first.before.median, second.before.median) == (3, 4)


def test_one_run_on_each_side_is_a_pair_whatever_the_board() -> None:
    (found,) = compare([figures(1)], [figures(2, board="nucleo_h723zg", clock_hz=10)])
    assert found.before.median == 2


def test_for_a_gate_board_and_clock_must_be_the_same() -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        compare([figures(1)], [figures(2, clock_hz=10)], keys=STRICT)
    with pytest.raises(InputError, match="nothing to compare"):
        compare([figures(1)], [silicon(2)], keys=STRICT)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model_sha256": "00" * 32}, "another file of the same name"),
        ({"model_sha256": "00" * 32, "model": "other"}, "another network (other)"),
        ({"number_type": "int8"}, "another type (int8)"),
    ],
)
def test_other_networks_and_types_are_refused_unless_it_is_asked_for(
    changes: dict[str, str], why: str
) -> None:
    other = replace(figures(2), **changes)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        compare([figures(1)], [other])
    assert why in caught.value.details
    assert "--unlike" in caught.value.remedy
    (found,) = compare([figures(1)], [other], unlike=True)
    assert (found.unlike, found.verdict.ratio) == (why, 0.5)


def test_what_differs_in_the_making_is_named_with_both_values() -> None:
    before = figures_of(record(toolchain="gcc 12.2.1", column=0))
    now = figures_of(record(toolchain="gcc 14.2.1", column=1))
    (found,) = compare([now], [before])
    said = [str(one) for one in found.differences]
    assert said[0] == "core clock: 48 MHz -> 64 MHz"
    assert "compiler: gcc 12.2.1 -> gcc 14.2.1" in said
    assert not any(text.startswith(("board", "flags", "caches")) for text in said)


def test_what_only_one_of_the_two_has_is_named() -> None:
    both, one = figures(1), figures(2, board="nucleo_h723zg", model="other")
    found = compare([both, one], [both])
    assert missing([both, one], found) == ["other on sim:nucleo_h723zg at 48 MHz"]


def test_layers_that_changed_come_first_and_new_ones_have_no_before() -> None:
    found = layer_changes({"a": 10, "b": 20, "old": 5}, {"a": 10, "b": 50, "new": 7})
    assert [(one.name, one.before, one.now) for one in found] == [
        ("a", 10, 10),
        ("b", 20, 50),
        ("new", None, 7),
        ("old", 5, None),
    ]
    assert [(one.name, one.cycles) for one in changed(found)] == [
        ("b", 30),
        ("new", 7),
        ("old", -5),
    ]
    assert layer_changes({}, {"a": 1}) == ()
