"""Whether runs have become worse than a baseline allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from tinylab.errors import InputError
from tinylab.quantities import Amount
from tinylab.results.comparison.comparison import Comparison
from tinylab.results.comparison.layers import changed
from tinylab.results.comparison.verdict import NOISE_PERCENT, Change
from tinylab.results.record_parts import Judgement
from tinylab.units import counts_alike, signed_percent

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


def judge(
    comparisons: Sequence[Comparison], allowances: Sequence[Allowance]
) -> tuple[Judgement, ...]:
    """Every measure of every run. Time is always judged: simulated cycles may not grow at all,
    those of real boards by 1 %, unless `allowances` says otherwise. Other measures are judged where
    it does.
    """
    return tuple(found for one in comparisons for found in _of_run(one, allowances))


def _of_run(one: Comparison, allowances: Sequence[Allowance]) -> Iterator[Judgement]:
    limit = _allowed(one, Measure.TIME, allowances)
    if limit is None:
        limit = 0.0 if one.now.simulated else NOISE_PERCENT
    before, now = one.before.median, one.now.median
    unsure = one.verdict.change is Change.UNDECIDED and 100 * (one.verdict.ratio - 1) > limit
    if one.verdict.change is Change.SAME:
        now = before
    yield _judgement(one, Measure.TIME, (before, now), limit, undecided=unsure)
    figures = {
        Measure.FLASH: (one.before.flash_bytes, one.now.flash_bytes),
        Measure.RAM: (one.before.ram_bytes, one.now.ram_bytes),
        Measure.STACK: (one.before.stack_bytes, one.now.stack_bytes),
        Measure.ACCURACY: (one.before.accuracy, one.now.accuracy),
    }
    for measure, (old, new) in figures.items():
        if old is not None and new is not None:
            yield _judgement(one, measure, (old, new), _allowed(one, measure, allowances))


def _judgement(
    one: Comparison,
    measure: Measure,
    figures: tuple[float, float],
    allowed: float | None,
    *,
    undecided: bool = False,
) -> Judgement:
    run, (before, now) = one.now, figures
    made = Judgement(
        run=run.name,
        model=run.model,
        board=run.place,
        clock_hz=run.clock_hz,
        runtime=run.runtime,
        measure=measure.value,
        before=before,
        now=now,
        allowed_percent=allowed,
        undecided=undecided,
        text="",
    )
    return replace(made, text=_sentence(one, made))


def _sentence(one: Comparison, made: Judgement) -> str:
    """`house_price on ...: time 1.02x slower ..., more than 1 %: REGRESSION; dense +340 cycles`."""
    time = made.measure == Measure.TIME
    text = f"{made.run}: {made.measure} {one.verdict if time else _change(made)}"
    if made.regressed:
        text += f", more than {made.allowed_percent:g} %: REGRESSION"
    elif made.undecided:
        text += ": not decided, measure more inferences with --inferences"
    layers = changed(one.layers) if time else []
    moved = [f"{layer.name} {layer.cycles:+,} cycles" for layer in layers[:FEW]]
    if len(layers) > FEW:
        moved.append(f"{len(layers) - FEW} more layers")
    return f"{text}; {', '.join(moved)}" if moved else text


def _change(made: Judgement) -> str:
    before, now = counts_alike((made.before, made.now))
    if made.before == made.now:
        return f"same ({now})"
    return f"{before} -> {now} ({signed_percent(made.percent)})"


def _allowed(one: Comparison, measure: Measure, allowances: Sequence[Allowance]) -> float | None:
    """By the allowance that says most about the run; of several the last."""
    weight, allowed = (False, False), None
    for each in allowances:
        if each.applies(one, measure) and each.weight >= weight:
            weight, allowed = each.weight, each.percent
    return allowed
