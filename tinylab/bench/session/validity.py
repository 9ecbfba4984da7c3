"""Whether a measurement is valid, and the results of a stopped one."""

from __future__ import annotations

import math

import numpy as np

from tinylab.bench.measure.link_choice import Linked
from tinylab.bench.measure.measurement import CLOCK_TOLERANCE, Measurement
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards.clock_family import ClockSettings
from tinylab.errors import ClockWrong, Interrupted, MeasurementError, OutputWrong
from tinylab.results.record_parts import OutputCheck
from tinylab.stats import summarize
from tinylab.stream.ring import Cycles
from tinylab.units import alike, megahertz

FIGURES = ("min", "median", "mean", "p95", "p99", "max")


def compare(measured: Measurement, prepared: PreparedNetwork) -> OutputCheck | None:
    """The board's outputs against the host's; None where there is nothing to compare with."""
    if prepared.check is None:
        return None
    got = prepared.decode(measured.outputs)
    found = float(np.abs(got - prepared.check.outputs[: len(got)]).max())
    error = found if math.isfinite(found) else float(np.finfo(np.float32).max)
    tolerance = prepared.check.tolerance(len(got))
    return OutputCheck(error, tolerance, bool(error <= tolerance))


def problems(
    output: OutputCheck | None, clock: ClockSettings, measured: Measurement
) -> tuple[MeasurementError, ...]:
    """Why the run is invalid; empty if it is valid."""
    found: list[MeasurementError] = []
    if output is not None and not output.ok:
        found.append(
            OutputWrong(
                f"The output is wrong: it differs from the host's by {output.max_abs_error:.3g}, "
                f"the tolerance is {output.tolerance:.3g}.",
                remedy="Try another version of the Arm compiler. If the error persists, report it "
                "with the model.",
                max_abs_error=output.max_abs_error,
                tolerance=output.tolerance,
            )
        )
    if abs(measured.clock_measured_hz / clock.hz - 1) > CLOCK_TOLERANCE:
        found.append(
            ClockWrong(
                f"The core runs at {megahertz(measured.clock_measured_hz)}, "
                f"not at the requested {megahertz(clock.hz)}.",
                remedy="Check the board's crystal (HSE) and its jumpers, close other debuggers, "
                "and run again.",
                asked_hz=clock.hz,
                measured_hz=measured.clock_measured_hz,
            )
        )
    return tuple(found)


def remarks(linked: Linked, stepped_down: str | None) -> tuple[str, ...]:
    """Warnings about the run, which remains valid."""
    said = [*linked.notes]
    if stepped_down is not None:
        said.append(stepped_down)
    if linked.measured.dropped:
        said.append(f"{linked.measured.dropped:,} samples were lost on their way to the host")
    return tuple(said)


def stopped(cycles: Cycles, clock_hz: int) -> Interrupted:
    """The end of a run that was stopped after `cycles`, shape (n,), n > 0, were measured."""
    stats = summarize(cycles)
    counts = [getattr(stats, name) for name in FIGURES]
    times = alike([count / clock_hz for count in counts])
    shown = [f"{count:,.0f}" for count in counts]
    wide = max(map(len, times)), max(map(len, shown))
    lines = [f"{'n':<6}  {stats.n:,}"]
    lines += [
        f"{name:<6}  {time:>{wide[0]}}  {count:>{wide[1]}} cycles"
        for name, time, count in zip(FIGURES, times, shown, strict=True)
    ]
    return Interrupted(
        f"Stopped after {stats.n:,} inference{'s' if stats.n > 1 else ''}.",
        remedy="Measured samples are kept: `tinylab history` lists the run.",
        details="\n".join(lines),
    )
