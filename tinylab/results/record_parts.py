"""The parts of a run record, except the cycles' statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, ClassVar

from msgspec import Meta

from tinylab.quantities import Amount, Count, Finite, Hertz
from tinylab.results.identity import Identified
from tinylab.stats.cycles import CycleStats

MEASURES = ("time", "flash", "ram", "stack", "accuracy")
"""What can become worse; accuracy by becoming less, all others by becoming more."""
ROUNDING = 1e-9
"""Percent: 1,020 is not more than 2 % above 1,000."""
FROM_NOTHING = 1e9
"""Percent by which anything is more than 0."""


@dataclass(frozen=True)
class Runtime:
    """The runtime, as a document contains it."""

    name: str
    version: str


@dataclass(frozen=True)
class Origin:
    """What made and measured a run, besides its compiler: programs and computers."""

    tinylab: str
    pyocd: str
    python: str
    computer: str
    """Operating system and processor: `Linux 6.1.0 x86_64`."""
    probe_firmware: str | None
    """As ST numbers it, `V3J13M4`; of a virtual probe what it says it is."""
    generated_sha256: str
    """Of the code that was generated for the network, all files in the order of their names."""


@dataclass(frozen=True)
class LatencyStats:
    """Milliseconds per inference."""

    median: Amount
    mean: Amount
    p95: Amount | None
    """None where there are too few samples for it, as `p99` is."""
    p99: Amount | None


@dataclass(frozen=True)
class OutputCheck:
    """The difference between the board's outputs and the host's reference for the golden inputs."""

    max_abs_error: Finite
    """The largest number of the type float32 also where an output is no finite number."""
    tolerance: Finite
    ok: bool


@dataclass(frozen=True)
class Accuracy:
    """How well the network's outputs agree with known answers."""

    metric: str
    """`accuracy` (0 to 1), `r2` (up to 1), or `mean error` where r2 is not defined."""
    data: str
    """`held-out`: the samples held out in the training of a catalogue model; or a file's name."""
    samples: Count
    host: float
    """Of the network as it is executed, computed on a host."""
    float_reference: float | None = None
    """Of the float network without compression, on the same samples; None if there is none."""
    board: float | None = None
    """Of the board's outputs; None if it did not run all of the samples."""
    mean_error: Finite | None = None
    """Mean absolute error of the board's outputs, for values."""

    @property
    def measured(self) -> float:
        """The board's, or else the host's."""
        return self.host if self.board is None else self.board


@dataclass(frozen=True)
class DataRun:
    """A run over a person's own samples, each of which the board ran."""

    file: str
    sha256: str
    samples: Count
    different: Count
    """The number of samples whose outputs differ from the host's by more than the tolerance."""
    where: tuple[Count, ...]
    """The first of those samples, counted from 1."""
    cycles: CycleStats
    """Over the samples: one inference of each, after one of warm-up with the same sample."""
    fastest: Count
    """Number of the sample, counted from 1."""
    slowest: Count
    each: tuple[Count, ...] = ()
    """Cycles of each sample, in the file's order; 0 where the count was lost."""


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
class Judgement:
    """One measure of one run beside its baseline."""

    DERIVED: ClassVar = ("percent", "regressed")

    run: str
    """`house_price on sim:nucleo_wb55rg at 48 MHz`."""
    model: str
    board: str
    """`sim:nucleo_wb55rg`."""
    clock_hz: Hertz
    runtime: str
    measure: Annotated[str, Meta(extra_json_schema={"enum": [*MEASURES]})]
    before: Finite
    now: Finite
    allowed_percent: Amount | None
    """How much worse it may be; None: it is shown, and not judged."""
    undecided: bool
    """It is beyond what is allowed, on silicon, with too few inferences to be sure."""
    text: str
    """The same as a sentence, with the layers that changed."""

    @property
    def percent(self) -> float:
        """The change in percent of the baseline; above 0 is more."""
        if self.before == self.now:
            return 0.0
        return 100 * (self.now / self.before - 1) if self.before else FROM_NOTHING

    @property
    def worse_percent(self) -> float:
        """The same, above 0 if it is worse."""
        return -self.percent if self.measure == "accuracy" else self.percent

    @property
    def regressed(self) -> bool:
        if self.allowed_percent is None or self.undecided:
            return False
        return self.worse_percent > self.allowed_percent + ROUNDING

    @property
    def improved(self) -> bool:
        return self.worse_percent < 0

    def is_of(self, row: Identified) -> bool:
        """Whether it judges that run."""
        board = f"sim:{row.board}" if row.simulated else row.board
        own = self.model, self.board, self.clock_hz, self.runtime
        return own == (PurePath(row.model).name, board, row.clock_hz, row.runtime)


@dataclass(frozen=True)
class Partial:
    """What a run measured that did not reach its end."""

    cycles: CycleStats
    planned: Count | None
    """The number of inferences that were asked for; None where it is not known."""

    @property
    def counted(self) -> str:
        """`524 of 600`."""
        n = self.cycles.n
        return f"{n:,} of {self.planned:,}" if self.planned and n < self.planned else f"{n:,}"


@dataclass(frozen=True)
class Stages:
    """Seconds that each stage of the run took on the host."""

    generate_s: Amount
    build_s: Amount
    flash_s: Amount
    measure_s: Amount
    load_s: Amount = 0.0
