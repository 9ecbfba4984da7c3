"""What a comparison needs to know of a run: a part of its record, small enough for a baseline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from tinylab.quantities import Amount, Count, Hertz
from tinylab.results.comparison.provenance import provenance
from tinylab.results.identity import TINYLAB, by
from tinylab.results.layer_profile import LayerProfile
from tinylab.results.record import RunRecord
from tinylab.units import megahertz


@dataclass(frozen=True)
class RunFigures:
    """One valid run. Cycles are of one inference."""

    model: str
    """Of a file its name without the folder."""
    board: str
    simulated: bool
    clock_hz: Hertz
    inferences: Count
    median: Amount
    model_sha256: str | None = None
    number_type: str | None = None
    runtime: str = TINYLAB
    expected_error_percent: Amount | None = None
    """Of the simulation's cycles; None on silicon."""
    steady: bool = False
    """Whether every inference took the same number of cycles."""
    median_low: Amount | None = None
    """Ends of the median's interval; None where there are too few inferences for one."""
    median_high: Amount | None = None
    median_level: Amount | None = None
    flash_bytes: Count = 0
    ram_bytes: Count = 0
    stack_bytes: Count | None = None
    accuracy: float | None = None
    accuracy_metric: str = ""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """How it was made and measured, by the names of `provenance`."""
    layers: Mapping[str, int] = field(default_factory=dict)
    """Cycles by layer, in the order of execution; empty without a profile."""

    @property
    def comparable(self) -> bool:
        """Whether a ratio can be made of its median: it is positive, and within its interval."""
        low, high = self.median_low, self.median_high
        if (low is None) != (high is None):
            return False
        return self.median > 0 and (low is None or high is None or 0 < low <= self.median <= high)

    @property
    def name(self) -> str:
        """`house_price (cubeai) on sim:nucleo_wb55rg at 48 MHz`."""
        return f"{self.model}{by(self.runtime)} on {self.place} at {megahertz(self.clock_hz)}"

    @property
    def place(self) -> str:
        """`sim:nucleo_wb55rg`."""
        return f"sim:{self.board}" if self.simulated else self.board


def figures_of(row: RunRecord) -> RunFigures:
    """Of a run's record."""
    cycles, score = row.cycles, row.accuracy
    return RunFigures(
        model=PurePath(row.model).name,
        board=row.board,
        simulated=row.simulated,
        clock_hz=row.clock_hz,
        inferences=cycles.n,
        median=cycles.median,
        model_sha256=row.identity.model_sha256,
        number_type=row.identity.number_type,
        runtime=row.runtime,
        expected_error_percent=row.expected_error_percent,
        steady=cycles.steady,
        median_low=cycles.median_low,
        median_high=cycles.median_high,
        median_level=cycles.median_level,
        flash_bytes=row.flash_bytes,
        ram_bytes=row.ram_bytes,
        stack_bytes=row.stack_bytes,
        accuracy=score.measured if score else None,
        accuracy_metric=score.metric if score else "",
        provenance=provenance(row),
        layers=_layers(row.profile) if row.profile else {},
    )


def _layers(profile: LayerProfile) -> Mapping[str, int]:
    """Layers of the same name are numbered; what is between the layers comes last."""
    seen: Counter[str] = Counter()
    found = {}
    for layer in profile.layers:
        seen[layer.name] += 1
        number = f" #{seen[layer.name]}" if seen[layer.name] > 1 else ""
        found[layer.name + number] = layer.cycles
    return found | {BETWEEN: profile.rest}


BETWEEN = "between the layers"
"""Names the cycles of arguments, checks and the runtime."""
