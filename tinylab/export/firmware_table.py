"""The results of a user's own image, as tables for every format."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.display_text import one_line
from tinylab.export.plain_table import PlainTable
from tinylab.export.why_table import why_table
from tinylab.results.firmware_record import FirmwareRun, MlperfAccuracy, MlperfRecord
from tinylab.units import duration, megahertz, plus_minus, significant

SHOWN_WARMUP = 3


def heading(run: FirmwareRun) -> str:
    """`my.elf on sim:nucleo_wb55rg, M4 at 64 MHz`."""
    where = f"sim:{run.board}" if run.simulated else run.board
    core = run.core.removeprefix("cortex-").upper()
    clock = f" at {megahertz(run.clock_hz)}" if run.clock_hz else ""
    return one_line(f"{run.network or run.image.file} on {where}, {core}{clock}")


def confession(run: FirmwareRun) -> str | None:
    """The note with every figure of a virtual board."""
    if not run.simulated:
        return None
    return f"SIM, expected error {plus_minus(run.expected_error_percent)}"


def tables(run: FirmwareRun, *, trace: bool) -> tuple[PlainTable, ...]:
    """The results; with `trace` also the registers that are not emulated."""
    found = []
    if run.function is not None and run.calls:
        found.append(_calls(run))
    if run.function is not None and run.why is not None:
        found.append(why_table(run.why, run.function.name))
    if run.mlperf is not None:
        found.append(_windows(run.mlperf))
    if trace and run.unknown_registers:
        found.append(_registers(run))
    return tuple(found)


def remarks(run: FirmwareRun, *, trace: bool) -> Iterator[str]:
    """The lines under the tables."""
    yield from map(one_line, _remarks(run, trace=trace))


def _remarks(run: FirmwareRun, *, trace: bool) -> Iterator[str]:
    told = confession(run)
    if told is not None:
        yield told
    if run.mlperf is not None:
        record = run.mlperf
        yield f"input: {record.input_bytes:,} bytes, {record.input}"
        if record.accuracy is not None:
            yield from _accuracy(record.accuracy)
        if run.network is not None:
            yield f"image: {run.image.file}"
        yield "not an official MLPerf result: not verified by MLCommons"
    if trace and not run.unknown_registers:
        yield "every register that the firmware used is emulated"
    yield from (f"warning: {text}" for text in run.warnings)
    if run.error is not None:
        yield f"failed: {run.error.message}"


def _accuracy(found: MlperfAccuracy) -> Iterator[str]:
    if found.board is not None and found.host is not None:
        yield (
            f"{found.metric} of {found.samples:,} samples of {found.data}: "
            f"{found.board:.4f} on the board, {found.host:.4f} on the host"
        )
    same = "the results are the host's"
    if found.different:
        shown = ", ".join(map(str, found.where[:10]))
        same = f"{found.different:,} results are not the host's: {shown}"
    yield f"{found.samples:,} samples of {found.data}: {same}"


def _calls(run: FirmwareRun) -> PlainTable:
    assert run.function is not None
    statistics = run.cycles
    assert statistics is not None
    figures: list[tuple[str, float]] = [
        *((f"warm-up {n}", c) for n, c in enumerate(run.warmup_calls[:SHOWN_WARMUP], 1)),
        ("min", statistics.min),
        ("median", statistics.median),
        ("mean", statistics.mean),
        ("max", statistics.max),
    ]
    count = f"{statistics.n} call{'s' if statistics.n > 1 else ''}"
    return PlainTable(
        one_line(f"{run.function.name}: {count}"),
        ("", "cycles", "time"),
        "<>>",
        tuple((name, _whole(cycles), _time(run, cycles)) for name, cycles in figures),
    )


def _windows(record: MlperfRecord) -> PlainTable:
    rows = [
        (
            str(number),
            f"{window.inferences:,}",
            duration(window.elapsed_us / 1e6),
            significant(window.inferences_per_second, 4),
        )
        for number, window in enumerate(record.windows, 1)
    ]
    rows.append(("median", "", "", significant(record.median_inferences_per_second, 4)))
    name = one_line(f"MLPerf Tiny protocol: {record.name}, model {record.model or 'unknown'}")
    return PlainTable(name, ("window", "inferences", "runtime", "inf./s"), "<>>>", tuple(rows))


def _registers(run: FirmwareRun) -> PlainTable:
    rows = tuple(
        (one.kind, f"{one.address:#010x}", f"{one.pc:#010x}", one_line(one.place))
        for one in run.unknown_registers
    )
    return PlainTable(
        "Registers that are not emulated: they read as 0",
        ("first", "register", "by", "in"),
        "<<<<",
        rows,
    )


def _whole(cycles: float) -> str:
    return f"{cycles:,.1f}".removesuffix(".0")


def _time(run: FirmwareRun, cycles: float) -> str:
    seconds = run.seconds(cycles)
    return "-" if seconds is None else duration(seconds)
