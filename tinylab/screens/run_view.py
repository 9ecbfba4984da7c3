"""Everything about one run, for the page behind a cell and for the inspector."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tinylab.boards import catalog
from tinylab.export.layer_table import advice, dominant, per_macc
from tinylab.export.memory_table import LABELS as PART_LABELS
from tinylab.export.memory_table import bar
from tinylab.export.table import Entry, Running
from tinylab.export.why_table import LABELS, percent
from tinylab.results.layer_profile import LayerCycles, LayerProfile
from tinylab.results.memory_record import MemoryUse
from tinylab.results.record import Failure, RunRecord
from tinylab.results.record_parts import DataRun, OutputCheck
from tinylab.screens.foreign_text import shown
from tinylab.stats.order import LEVEL
from tinylab.stats.spread import received
from tinylab.units import alike, duration, megahertz, rate, size

BAR = 24
HISTOGRAM = 60, 10
"""Columns and lines of the distribution over samples."""
FEW = 10
"""Samples that are listed."""
Facts = Iterable[tuple[str, str]]


def run_view(entry: Entry) -> RenderableType:
    """The details of the run behind a cell: its record, or why there is none."""
    where = f"{'sim:' if entry.simulated else ''}{entry.board} at {megahertz(entry.clock_hz)}"
    parts: list[RenderableType] = [shown(f"{entry.title} on {where}", "bold")]
    outcome = entry.outcome
    if isinstance(outcome, RunRecord):
        parts += _record(outcome)
    elif isinstance(outcome, Failure):
        parts += _failure(outcome)
    elif isinstance(outcome, Running):
        so_far = duration(outcome.median / entry.clock_hz)
        parts.append(Text(f"\n▶ being measured, median so far {so_far}; the live view has more."))
    else:
        parts.append(shown(f"\nThis run is {outcome}; it has no results yet."))
    return Group(*parts)


def _record(record: RunRecord) -> Iterator[RenderableType]:
    if record.simulated:
        error = record.expected_error_percent
        known = "unknown" if error is None else f"within {error:g} %"
        yield Text(f"SIM: a virtual board's prediction; its error against silicon: {known}")
    if not record.valid:
        yield Text("✗ INVALID: these figures must not be used", style="bold red")
    for text in record.warnings:
        yield shown(f"! {text}")
    yield _section("Time per inference", ())
    yield _statistics(record)
    yield _section("Speed", _speed(record))
    yield from _shown_answers(record)
    if record.profile is not None:
        yield _section("Cycles of each layer", ())
        yield from _layers(record.profile)
    yield _section("Sizes against the board's limits", ())
    yield from _sizes(record)
    yield _section("State of the bench", _state(record))
    yield _section("Stages", _stages(record))
    yield _section("Provenance", _provenance(record))


def _answers(record: RunRecord) -> Iterator[tuple[str, str]]:
    score, data = record.accuracy, record.data
    if score is not None:
        yield "samples", f"{score.samples:,}, {score.data}"
        yield score.metric, f"{score.host:.4f} on the host"
        if score.board is not None:
            yield "", f"{score.board:.4f} on the board"
        if score.float_reference is not None:
            yield "", f"{score.float_reference:.4f} of the float network"
    if data is not None:
        which = ", ".join(map(str, data.where[:FEW])) + (", ..." if data.different > FEW else "")
        differ = f"{data.different:,} of {data.samples:,} samples"
        yield "differ from host", f"{differ}: {which}" if which else differ


def _over_samples(record: RunRecord, data: DataRun) -> Iterator[RenderableType]:
    """The distribution of time over a person's samples."""
    from tinylab.screens.widgets.plot import bars

    over, hz, spread = data.cycles, record.clock_hz, record.spread
    title = f"Time over {data.samples:,} samples of {data.file}"
    if over.min == over.max:
        yield _section(title, [("each", f"{duration(over.min / hz)}  {over.min:,} cycles")])
        return
    known = [
        (name, value, sample)
        for name, value, sample in (
            ("fastest", over.min, f", sample {data.fastest:,}"),
            ("median", over.median, ""),
            ("p95", over.p95, ""),
            ("p99", over.p99, ""),
            ("slowest", over.max, f", sample {data.slowest:,}"),
        )
        if value is not None
    ]
    times = alike([value / hz for _, value, _ in known])
    yield _section(
        title,
        [
            (name, f"{time}  {value:,.0f} cycles{sample}")
            for (name, value, sample), time in zip(known, times, strict=True)
        ]
        + [("spread", spread.sigma if spread else "")],
    )
    yield Text("\n".join(bars(received(data.each), hz, *HISTOGRAM)))


def _shown_answers(record: RunRecord) -> Iterator[RenderableType]:
    answers = list(_answers(record))
    if answers:
        yield _section("Accuracy", answers)
    if record.data is not None:
        yield from _over_samples(record, record.data)


def _failure(failure: Failure) -> Iterator[RenderableType]:
    error, stopped = failure.error, failure.error.interrupted
    yield shown(f"\n{'■' if stopped else '✗'} {error.message}", "bold")
    yield shown(error.remedy)
    if error.details:
        yield _section("Measured until the stop" if stopped else "Output of the tool", ())
        yield shown(error.details)
    if not stopped:
        yield Text(f"\nIn a script this is exit code {error.exit_code}.", style="dim")


def _section(title: str, facts: Facts) -> RenderableType:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=16)
    grid.add_column(overflow="fold")
    for name, value in facts:
        grid.add_row(shown(name), shown(value))
    heading = Text(f"\n{title}", style="bold underline")
    return Group(heading, grid) if grid.row_count else heading


def _statistics(record: RunRecord) -> RenderableType:
    cycles = record.cycles
    names = ("min", "median", "mean", "p95", "p99", "max", "stdev", "mad")
    known = [(name, getattr(cycles, name)) for name in names]
    known.append(("median from", cycles.median_low))
    known.append((f"to ({cycles.median_level or LEVEL:.1%})", cycles.median_high))
    if cycles.steady:
        known = [("every inference", cycles.min) if cycles.n > 1 else ("one inference", cycles.min)]
    values = [(name, float(value)) for name, value in known if value is not None]
    if record.first_cycles:
        values.append(("first, cold", float(record.first_cycles)))
    times = alike([value / record.clock_hz for _, value in values])
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim", min_width=16)
    table.add_column(justify="right")
    table.add_column(justify="right")
    for (name, value), time in zip(values, times, strict=True):
        table.add_row(name, time, f"{value:,.{0 if value.is_integer() else 1}f} cycles")
    return table


LINKS = {"swd": "SWD, while the core ran", "uart": "serial port, between inferences"}


def _speed(record: RunRecord) -> Iterator[tuple[str, str]]:
    yield "inferences/s", rate(record.inferences_per_second)
    if record.cycles_per_macc is not None:
        yield "cycles per MACC", f"{record.cycles_per_macc:.2f} ({record.identity.macc:,} MACC)"
    yield "inferences", f"{record.inferences:,} measured after {record.warmup:,} of warm-up"
    yield "link", LINKS.get(record.link, record.link)
    yield "lost", f"{record.lost:,}"
    yield "outliers", f"{record.cycles.outliers:,}, counted and kept"
    quoted = record.published
    if quoted is not None:
        ratio = quoted.latency_ms / record.latency_ms.median if record.latency_ms.median else 0
        yield "published", f"{quoted.latency or f'{quoted.latency_ms} ms'}, {ratio:.2f} times ours"
        yield "", f"{quoted.source}. {quoted.remark}".strip()


def _layers(profile: LayerProfile) -> Iterator[RenderableType]:
    """Layer by layer: share, cycles per MACC, and what it waits for most."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=16, overflow="fold")
    for _ in range(3):
        table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for layer in profile.layers:
        cause = dominant(layer)
        waits = (
            f"{percent(asdict(layer.causes)[cause], layer.cycles)} % {LABELS[cause]}"
            if cause
            else ""
        )
        share = f"{percent(layer.cycles, profile.cycles)} %"
        macc = "" if layer.cycles_per_macc is None else f"{per_macc(layer)} per MACC"
        name = shown(layer.name)
        table.add_row(name, f"{layer.cycles:,}", share, macc, waits)
    share = f"{percent(profile.rest, profile.cycles)} %"
    table.add_row("rest", f"{profile.rest:,}", share, "", "")
    yield table
    sizes = [(layer.name, text) for layer in profile.layers if (text := _bytes(layer))]
    if sizes:
        yield _section(
            f"Bytes of each layer: weights{_in(profile.weights_in)}, "
            f"activations{_in(profile.activations_in)}",
            sizes,
        )
    yield from (shown(text) for text in advice(profile))


def _bytes(layer: LayerCycles) -> str:
    """Bytes of weights and activations; empty where they are not known."""
    if layer.weights_bytes is None or layer.activations_bytes is None:
        return ""
    return f"{layer.weights_bytes:,} B, {layer.activations_bytes:,} B"


def _in(memory: str) -> str:
    return f" in {memory}" if memory else ""


def _sizes(record: RunRecord) -> Iterator[RenderableType]:
    from tinylab.build.memory_map import STACK_BYTES

    board = catalog.find(record.board)
    limits: tuple[int | None, int | None] = (None, None)  # a board of the user's may be gone
    if board is not None:
        limits = board.flash.size, sum(memory.size for memory in board.ram)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=16)
    table.add_column(no_wrap=True)
    table.add_column()
    for name, used, limit in (
        ("flash", record.flash_bytes, limits[0]),
        ("RAM", record.ram_bytes, limits[1]),
        ("stack", record.stack_bytes, STACK_BYTES),
    ):
        if used is not None and limit is None:
            table.add_row(name, "", size(used))
        elif used is not None and limit is not None:
            full = min(round(BAR * used / limit), BAR)
            share = f"{size(used)} of {size(limit)}, {used / limit:.0%}"
            table.add_row(name, "█" * full + "░" * (BAR - full), share)
    yield table
    if record.memory:
        yield _section("Memories", ())
        yield _memories(record.memory)


def _memories(uses: Iterable[MemoryUse]) -> RenderableType:
    """What is in each memory, a line for each part."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", min_width=16)
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    table.add_column()
    for use in uses:
        share = f"of {size(use.limit)}, {use.used / use.limit:.0%}"
        table.add_row(shown(use.memory), bar(use.used, use.limit), f"{use.used:,}", share)
        for part, count in use.parts.items():
            table.add_row(f"  {PART_LABELS[part]}", bar(count, use.limit), f"{count:,}", "")
    return table


def _state(record: RunRecord) -> Facts:
    measured = record.clock_measured_hz
    return (
        ("core clock", megahertz(record.clock_hz)),
        ("measured", "not measured" if measured is None else megahertz(measured)),
        ("bus clock", megahertz(record.bus_hz)),
        ("flash", f"{record.wait_states} wait states"),
        ("caches", record.caches),
        ("core", f"{record.core}, FPU {record.fpu}"),
        ("inputs", record.inputs or "not known"),
        ("outputs", _outputs(record.output)),
    )


def _outputs(output: OutputCheck | None) -> str:
    if output is None:
        return "not checked"
    return (
        f"{'right' if output.ok else 'WRONG'}: differs from the host's by "
        f"{output.max_abs_error:.2g}, tolerance {output.tolerance:.2g}"
    )


def _stages(record: RunRecord) -> Facts:
    stages = record.stages
    return (
        ("load", duration(stages.load_s)),
        ("generate", duration(stages.generate_s)),
        ("build", duration(stages.build_s)),
        ("flash", duration(stages.flash_s)),
        ("measure", duration(stages.measure_s)),
    )


def _placement(record: RunRecord) -> Facts:
    """The memories of the network's parts; older records do not have them."""
    placement = record.identity.placement
    return (("memories", placement.replace(",", ", ")),) if placement else ()


def _provenance(record: RunRecord) -> Facts:
    return (
        ("model", record.model),
        ("model SHA-256", record.identity.model_sha256 or "-"),
        ("image SHA-256", record.elf_sha256),
        ("build id", record.build_id),
        ("runtime", f"{record.runtime} {record.identity.runtime_version}"),
        ("compression", record.compression),
        *_placement(record),
        ("compiler", f"{record.toolchain} {record.flags}"),
        ("probe", record.serial or "-"),
        *_origin(record),
        ("started", record.started),
    )


def _origin(record: RunRecord) -> Facts:
    """What made and measured the run; older records do not have it."""
    made = record.origin
    if made is None:
        return ()
    return (
        ("generated code", made.generated_sha256),
        ("probe firmware", made.probe_firmware or "-"),
        ("tinylab", made.tinylab),
        ("pyOCD", made.pyocd),
        ("Python", made.python),
        ("computer", made.computer),
    )
