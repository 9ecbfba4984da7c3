"""Whether runs have become worse than a baseline allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from tinylab.errors import InputError
from tinylab.quantities import Amount
from tinylab.results.comparison.comparison import Comparison
from tinylab.results.comparison.layers import LayerChange, changed
from tinylab.results.comparison.verdict import NOISE_PERCENT, Change

ROUNDING = 1e-9
"""Percent: 1,020 is not more than 2 % above 1,000."""
FEW = 3
"""Layers that a sentence names."""


class Measure(StrEnum):
    """What can become worse; accuracy by becoming less, all others by becoming more."""

    TIME = "time"
    FLASH = "flash"
    RAM = "ram"
    STACK = "stack"
    ACCURACY = "accuracy"


@dataclass(frozen=True)
class Allowance:
    """How much worse a measure may become, in percent of the baseline."""

    measure: Measure
    percent: Amount
    model: str | None = None
    """None: of every model."""
    board: str | None = None
    """As in `sim:nucleo_wb55rg`; None: on every board."""

    @property
    def weight(self) -> tuple[bool, bool]:
        """The one that says more about the run decides."""
        return self.model is not None, self.board is not None

    def applies(self, one: Comparison, measure: Measure) -> bool:
        return (
            self.measure is measure
            and self.model in (None, one.now.model)
            and self.board in (None, one.now.place)
        )


@dataclass(frozen=True)
class Finding:
    """One measure of one run beside its baseline."""

    run: str
    measure: Measure
    before: float
    now: float
    allowed_percent: float | None
    """None: it is shown, and not judged."""
    undecided: bool = False
    """It is beyond what is allowed, on silicon, with too few inferences to be sure."""
    verdict: str = ""
    layers: tuple[LayerChange, ...] = ()
    """The layers that changed, the largest change first."""

    @property
    def percent(self) -> float:
        """The change, in percent of the baseline; above 0 is more."""
        if self.before == self.now:
            return 0.0
        return 100 * (self.now / self.before - 1) if self.before else float("inf")

    @property
    def worse_percent(self) -> float:
        return -self.percent if self.measure is Measure.ACCURACY else self.percent

    @property
    def regressed(self) -> bool:
        if self.allowed_percent is None or self.undecided:
            return False
        return self.worse_percent > self.allowed_percent + ROUNDING

    @property
    def improved(self) -> bool:
        return self.worse_percent < 0

    def __str__(self) -> str:
        """`house_price on ...: time 1.02x slower ..., more than 1 %: REGRESSION; dense +340`."""
        text = f"{self.run}: {self.measure} {self.verdict or self._change}"
        if self.regressed:
            text += f", more than {self.allowed_percent:g} %: REGRESSION"
        elif self.undecided:
            text += ": not decided, measure more inferences with --inferences"
        moved = [f"{one.name} {one.cycles:+,} cycles" for one in self.layers[:FEW]]
        if len(self.layers) > FEW:
            moved.append(f"{len(self.layers) - FEW} more layers")
        return f"{text}; {', '.join(moved)}" if moved else text

    @property
    def _change(self) -> str:
        before, now = (f"{value:,.6g}" for value in (self.before, self.now))
        return f"{before} -> {now} ({self.percent:+.2f} %)" if before != now else f"same ({now})"


def allowance(text: str) -> Allowance:
    """`2`, `2%` (of the time) or `ram=5%`. Raises InputError."""
    name, found, number = text.rpartition("=")
    try:
        measure = Measure(name.strip()) if found else Measure.TIME
        percent = float(number.strip().removesuffix("%"))
        if not 0 <= percent <= 1e6:
            raise ValueError
    except ValueError:
        names = ", ".join(Measure)
        raise InputError(
            f"--max-regress {text} is not understood.",
            remedy=f"Write a percentage, 2%, or ram=5%; measures: {names}.",
        ) from None
    return Allowance(measure, percent)


def noise(allowances: Sequence[Allowance]) -> float:
    """Changes of real boards up to this many percent are `same`: no more than is allowed."""
    times = [one.percent for one in allowances if one.measure is Measure.TIME]
    return min([NOISE_PERCENT, *times])


def findings(
    comparisons: Sequence[Comparison], allowances: Sequence[Allowance]
) -> tuple[Finding, ...]:
    """Every measure of every run. Time is always judged: simulated cycles may not grow at all,
    those of real boards by 1 %, unless `allowances` says otherwise. Other measures are judged where
    it does.
    """
    return tuple(found for one in comparisons for found in _of_run(one, allowances))


def _of_run(one: Comparison, allowances: Sequence[Allowance]) -> Iterator[Finding]:
    default = 0.0 if one.now.simulated else NOISE_PERCENT
    limit = _allowed(one, Measure.TIME, allowances, default)
    allowed = default if limit is None else limit
    undecided = one.verdict.change is Change.UNDECIDED
    same = one.verdict.change is Change.SAME
    yield Finding(
        one.now.name,
        Measure.TIME,
        one.before.median,
        one.before.median if same else one.now.median,
        allowed,
        undecided=undecided and 100 * (one.verdict.ratio - 1) > allowed,
        verdict=str(one.verdict),
        layers=tuple(changed(one.layers)),
    )
    others = {
        Measure.FLASH: (one.before.flash_bytes, one.now.flash_bytes),
        Measure.RAM: (one.before.ram_bytes, one.now.ram_bytes),
        Measure.STACK: (one.before.stack_bytes, one.now.stack_bytes),
        Measure.ACCURACY: (one.before.accuracy, one.now.accuracy),
    }
    for measure, (before, now) in others.items():
        if before is not None and now is not None:
            limit = _allowed(one, measure, allowances, None)
            yield Finding(one.now.name, measure, before, now, limit)


def _allowed(
    one: Comparison, measure: Measure, allowances: Sequence[Allowance], default: float | None
) -> float | None:
    """By the allowance that says most about the run; of several the last."""
    found = [each for each in allowances if each.applies(one, measure)]
    return max(found, key=lambda each: each.weight).percent if found else default
