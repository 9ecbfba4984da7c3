"""The parts of a run record, except the cycles' statistics."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.quantities import Amount, Finite


@dataclass(frozen=True)
class Runtime:
    """The runtime, as a document contains it."""

    name: str
    version: str


@dataclass(frozen=True)
class LatencyStats:
    """Milliseconds per inference."""

    median: Amount
    mean: Amount
    p95: Amount
    p99: Amount


@dataclass(frozen=True)
class OutputCheck:
    """The difference between the board's outputs and the host's reference for the golden inputs."""

    max_abs_error: Finite
    """The largest number of the type float32 also where an output is no finite number."""
    tolerance: Finite
    ok: bool


@dataclass(frozen=True)
class Published:
    """The figures of a publication for the same network, core and clock."""

    latency_ms: Amount
    source: str
    latency: str = ""
    """As printed: `1.35 ms`."""
    rate: str = ""
    """As printed: `740 Hz`."""
    printed_heading: str = ""
    """The column's heading as printed."""
    heading: str = ""
    """The correct heading of the column; differs from the printed one if that is wrong."""
    remark: str = ""


@dataclass(frozen=True)
class Stages:
    """Seconds that each stage of the run took on the host."""

    generate_s: Amount
    build_s: Amount
    flash_s: Amount
    measure_s: Amount
    load_s: Amount = 0.0
