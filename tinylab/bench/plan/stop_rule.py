"""How long a run measures: the user's numbers, or defaults of the station."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.bench.plan.plan import Options


@dataclass(frozen=True)
class StopRule:
    """Stop at `min_inferences`, and `min_cycles` measured cycles or `max_inferences`."""

    warmup: int
    min_inferences: int
    max_inferences: int
    min_cycles: int


NO_MAXIMUM = 0xFFFFFFFF
ONCE = StopRule(warmup=0, min_inferences=1, max_inferences=1, min_cycles=0)
WARM = StopRule(warmup=1, min_inferences=1, max_inferences=1, min_cycles=0)
"""One inference, with warm caches."""


def stop_rule(options: Options, clock_hz: int, simulated: bool) -> StopRule:
    """The user's numbers, or defaults of the station.

    A virtual board repeats itself to the cycle and is slower than silicon, so there
    3 inferences are enough, and small networks run until 100 or 5 million cycles.
    """
    warmup = options.warmup
    if warmup is None:
        warmup = 1 if simulated else 10
    if options.inferences is not None or options.min_time_s is not None:
        least = options.inferences or 1
        cycles = round((options.min_time_s or 0.0) * clock_hz)
        return StopRule(warmup, least, NO_MAXIMUM, cycles)
    if simulated:
        return StopRule(warmup, 3, 100, 5_000_000)
    return StopRule(warmup, 100, NO_MAXIMUM, clock_hz)
