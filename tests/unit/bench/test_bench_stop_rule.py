"""How long a run measures."""

from __future__ import annotations

import pytest

from tinylab.bench.plan.plan import Options
from tinylab.bench.plan.stop_rule import NO_MAXIMUM, ONCE, StopRule, stop_rule

MHZ = 64_000_000


@pytest.mark.parametrize(
    ("options", "simulated", "rule"),
    [
        (Options(), True, StopRule(1, 3, 100, 5_000_000)),
        (Options(), False, StopRule(10, 100, NO_MAXIMUM, MHZ)),
        (Options(warmup=0), True, StopRule(0, 3, 100, 5_000_000)),
        (Options(warmup=7), False, StopRule(7, 100, NO_MAXIMUM, MHZ)),
        (Options(inferences=5), True, StopRule(1, 5, NO_MAXIMUM, 0)),
        (Options(inferences=5), False, StopRule(10, 5, NO_MAXIMUM, 0)),
        (Options(min_time_s=0.25), True, StopRule(1, 1, NO_MAXIMUM, 16_000_000)),
        (Options(min_time_s=0.12345678), True, StopRule(1, 1, NO_MAXIMUM, 7_901_234)),
        (Options(min_time_s=2.0, inferences=5), False, StopRule(10, 5, NO_MAXIMUM, 2 * MHZ)),
    ],
)
def test_the_users_numbers_or_what_suits_the_station(
    options: Options, simulated: bool, rule: StopRule
) -> None:
    found = stop_rule(options, MHZ, simulated)
    assert found == rule
    assert isinstance(found.min_cycles, int)


def test_further_inputs_run_once() -> None:
    assert StopRule(0, 1, 1, 0) == ONCE
    assert NO_MAXIMUM == 2**32 - 1
