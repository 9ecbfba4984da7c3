"""What is said of a measurement: wrong outputs, a clock that is off, what a stopped one leaves."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from tests.unit.bench.test_bench_links import CLOCK, GOOD
from tinylab.bench.measure.link_choice import Linked
from tinylab.bench.measure.measurement import Measurement
from tinylab.bench.prepare.prepared_network import ExpectedOutputs, NetworkFacts, PreparedNetwork
from tinylab.bench.session import validity
from tinylab.codegen.tensor import Tensor
from tinylab.results.record_parts import OutputCheck, Partial
from tinylab.stats.cycles import summarize

WELL = OutputCheck(max_abs_error=0.0, tolerance=1e-4, ok=True)
FACTS = NetworkFacts("0", None, None, "none", "", None)


def prepared(*wanted: list[float], relative: float = 0.25) -> PreparedNetwork:
    """A network of two outputs that should be `wanted`; nothing is known without them."""
    check = ExpectedOutputs(np.array(wanted, np.float32), relative) if wanted else None
    outputs = (Tensor("float32", 2),)
    return PreparedNetwork(FACTS, 0, 0, {}, {}, (b"",) * len(wanted), outputs, check, ())


def measured(*outputs: list[float]) -> Measurement:
    blocks = tuple(np.array(block, "<f4").tobytes() for block in outputs)
    return replace(GOOD, outputs=blocks)


# Outputs


@pytest.mark.parametrize(("got", "ok"), [(2.0, True), (6.0, True), (6.5, False), (1.5, False)])
def test_outputs_may_be_off_by_a_share_of_the_largest_one(got: float, ok: bool) -> None:
    """A quarter of 8 is 2."""
    output = validity.compare(measured([4.0, 8.0], [got, -8.0]), prepared([4, 8], [4, -8]))
    assert output == OutputCheck(abs(got - 4.0), 2.0, ok)


@pytest.mark.parametrize("got", [float("nan"), float("inf"), -float("inf")])
def test_an_output_that_is_no_number_is_wrong_and_can_be_stored(got: float) -> None:
    output = validity.compare(measured([got, 1.0]), prepared([1, 1]))
    assert output is not None
    assert not output.ok
    assert output.max_abs_error == float(np.finfo(np.float32).max)
    json.dumps(asdict(output), allow_nan=False)


def test_only_the_inputs_that_were_run_are_compared() -> None:
    output = validity.compare(measured([1.0, 0.0]), prepared([1, 0], [100, 100]))
    assert output == OutputCheck(0.0, 0.25, True)


def test_where_nothing_is_known_there_is_nothing_to_compare() -> None:
    assert validity.compare(measured([1.0, 0.0]), prepared()) is None


# Problems


@pytest.mark.parametrize("output", [WELL, None])
def test_a_good_measurement_has_no_problems(output: OutputCheck | None) -> None:
    assert validity.problems(output, CLOCK, GOOD) == ()


@pytest.mark.parametrize(
    ("factor", "valid"),
    [(0.9799, False), (0.9801, True), (1.0, True), (1.0199, True), (1.0201, False)],
)
def test_a_clock_may_be_off_by_two_percent(factor: float, valid: bool) -> None:
    found = validity.problems(WELL, CLOCK, replace(GOOD, clock_measured_hz=factor * CLOCK.hz))
    assert (found == ()) is valid
    if not valid:
        assert f"runs at {factor * 64:.3f}".rstrip("0") in found[0].message
        assert "not at the requested 64 MHz" in found[0].message


def test_each_problem_is_told() -> None:
    wrong = OutputCheck(max_abs_error=0.5, tolerance=1e-4, ok=False)
    output, clock = validity.problems(wrong, CLOCK, replace(GOOD, clock_measured_hz=16e6))
    assert "differs from the host's by 0.5, the tolerance is 0.0001" in output.message
    assert "16 MHz" in clock.message
    assert output.remedy
    assert clock.remedy


# Remarks


def test_a_run_without_remarks() -> None:
    assert validity.remarks(Linked(GOOD, "swd"), None) == ()


def test_what_else_should_be_known_comes_in_the_order_it_happened() -> None:
    linked = Linked(replace(GOOD, dropped=1_200), "uart", ("sent at 9,600 baud",))
    said = validity.remarks(linked, "SWD at 1 MHz")
    assert said[:2] == ("sent at 9,600 baud", "SWD at 1 MHz")
    assert said[2:] == ("1,200 samples were lost on their way to the host",)


# Stopped


def test_a_stopped_run_shows_what_was_measured() -> None:
    cycles = summarize(np.array([1_000, 2_000, 2_000, 6_400_000], np.uint64))
    stopped = validity.stopped(Partial(cycles, 600), 64_000_000)
    assert stopped.message == "Stopped after 4 of 600 inferences."
    assert stopped.details.splitlines() == [
        "n       4",
        "min       0.02 ms      1,000 cycles",
        "median    0.03 ms      2,000 cycles",
        "mean     25.02 ms  1,601,250 cycles",
        "max     100.00 ms  6,400,000 cycles",
    ]


def test_one_inference_is_no_plural() -> None:
    assert validity.stopped(Partial(summarize(np.array([7], np.uint64)), None), 1).message == (
        "Stopped after 1 inference."
    )
