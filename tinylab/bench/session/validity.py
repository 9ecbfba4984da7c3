"""Whether a measurement is valid, and the results of a stopped one."""

from __future__ import annotations

import math
import shlex
from dataclasses import replace

import numpy as np

from tinylab.bench.measure.link_choice import Linked
from tinylab.bench.measure.measurement import CLOCK_TOLERANCE, Measurement
from tinylab.bench.plan.plan import Job, Options
from tinylab.bench.prepare.prepared_network import PreparedNetwork
from tinylab.boards.clock_family import ClockSettings
from tinylab.errors import ClockWrong, Interrupted, MeasurementError, OutputWrong
from tinylab.results.identity import TINYLAB
from tinylab.results.record_parts import Accuracy, DataRun, OutputCheck, Partial
from tinylab.stats.cycles import summarize
from tinylab.stats.spread import SampleSpread
from tinylab.stats.trends import unsteady
from tinylab.units import alike, megahertz
from tinylab.zoo.samples.matching import score

MOST_SHOWN = 100
"""Samples that differ, in a record."""
FEW = 10
"""The same in a sentence."""
FIGURES = ("min", "median", "mean", "p95", "p99", "max")


def compare(measured: Measurement, prepared: PreparedNetwork) -> OutputCheck | None:
    """The board's outputs against the host's; None where there is nothing to compare with."""
    return prepared.compare(measured.outputs)


def accuracy(measured: Measurement, prepared: PreparedNetwork) -> Accuracy | None:
    """The host's accuracy, with the board's if it ran all samples."""
    known, own = prepared.accuracy, prepared.samples
    if known is None or own is None or own.targets is None:
        return known
    board = score(own.targets, prepared.decode(measured.outputs))
    # Wrong outputs may be no probabilities any more, or no finite numbers.
    if board.metric != known.metric or not math.isfinite(board.value):
        return known
    return replace(known, board=board.value, mean_error=board.mean_error)


def data_run(measured: Measurement, prepared: PreparedNetwork) -> DataRun | None:
    """What a person's own samples showed; None without them."""
    own = prepared.samples
    if own is None or prepared.check is None:
        return None
    got, wanted = prepared.decode(measured.outputs), prepared.check.outputs
    off = np.abs(got - wanted).max(axis=1)
    # A difference that is no number is one too.
    where = np.flatnonzero(~(off <= prepared.check.tolerance(len(got)))) + 1
    cycles = measured.stats()
    spread = SampleSpread.of(measured.each, cycles.n, cycles.stdev)
    return DataRun(
        file=own.file,
        sha256=own.sha256,
        samples=len(own),
        different=where.size,
        where=tuple(map(int, where[:MOST_SHOWN])),
        cycles=summarize(measured.each[measured.each > 0]),
        fastest=spread.fastest,
        slowest=spread.slowest,
        each=tuple(map(int, measured.each)),
    )


def problems(
    output: OutputCheck | None,
    clock: ClockSettings,
    measured: Measurement,
    data: DataRun | None = None,
    verify: str = "tinylab verify",
) -> tuple[MeasurementError, ...]:
    """Why the run is invalid; empty if it is valid. `verify` finds the layer that is wrong."""
    found: list[MeasurementError] = []
    if output is not None and not output.ok:
        found.append(
            OutputWrong(
                f"The output is wrong: it differs from the host's by {output.max_abs_error:.3g}, "
                f"the tolerance is {output.tolerance:.3g}{_places(data)}.",
                remedy=f"`{verify}` names the first layer that departs. Try another version of the "
                "Arm compiler. If the error persists, report it with the model.",
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


def verify_command(job: Job, options: Options) -> str:
    """The command that compares the job's layers."""
    workload = job.workload
    words = ["verify", workload.model, "--on", f"{job.station.label}@{job.clock_hz / 1e6:g}"]
    if workload.runtime != TINYLAB:
        words += ["--runtime", workload.runtime]
        words += [word for folder in options.cubeai_dirs for word in ("--cubeai-dir", folder)]
    if options.compression is not None and workload.generated is None:
        words += ["--compression", options.compression]
    if options.data is not None:
        words += ["--data", options.data.name]
    return f"tinylab {shlex.join(words)}"


def _places(data: DataRun | None) -> str:
    """`; 2 of 100 samples differ: 3, 17`"""
    if data is None or not data.different:
        return ""
    shown = ", ".join(map(str, data.where[:FEW]))
    more = ", ..." if data.different > FEW else ""
    return f"; {data.different:,} of {data.samples:,} samples differ: {shown}{more}"


def remarks(linked: Linked, stepped_down: str | None) -> tuple[str, ...]:
    """Warnings about the run, which remains valid."""
    said = [*linked.notes]
    if stepped_down is not None:
        said.append(stepped_down)
    if linked.measured.dropped:
        said.append(f"{linked.measured.dropped:,} samples were lost on their way to the host")
    said.extend(unsteady(linked.measured.cycles, linked.measured.stats()))
    return tuple(said)


def stopped(partial: Partial, clock_hz: int) -> Interrupted:
    """The end of a run that was stopped after a part of it was measured."""
    stats = partial.cycles
    known = {name: getattr(stats, name) for name in FIGURES}
    counts = [value for value in known.values() if value is not None]
    names = [name for name, value in known.items() if value is not None]
    times = alike([count / clock_hz for count in counts])
    shown = [f"{count:,.0f}" for count in counts]
    wide = max(map(len, times)), max(map(len, shown))
    lines = [f"{'n':<6}  {stats.n:,}"]
    lines += [
        f"{name:<6}  {time:>{wide[0]}}  {count:>{wide[1]}} cycles"
        for name, time, count in zip(names, times, shown, strict=True)
    ]
    return Interrupted(
        f"Stopped after {partial.counted} inference{'s' if stats.n > 1 else ''}.",
        remedy="Measured samples are kept: `tinylab history` lists the run.",
        details="\n".join(lines),
    )
