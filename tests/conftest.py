"""`pytest --probe SERIAL`: the scenarios, and nothing else, on the real board behind a probe.

All tests keep away from what is the user's; see `tests.guard`.
"""

from __future__ import annotations

import hypothesis
import pytest

pytest_plugins = ["tests.guard", "tests.memory"]

SCENARIOS = "tests/scenarios/"

# The same examples in every run; `make campaign` looks for new ones.
hypothesis.settings.register_profile(
    "tinylab",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[
        hypothesis.HealthCheck.too_slow,
        hypothesis.HealthCheck.function_scoped_fixture,
    ],
)
hypothesis.settings.load_profile("tinylab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--probe",
        metavar="SERIAL",
        help="play the scenarios on the board behind this ST-Link (`tinylab probes` lists them) "
        "instead of on virtual boards; docs/silicon.md",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("probe") is None:
        return
    others = [item for item in items if not item.nodeid.startswith(SCENARIOS)]
    items[:] = [item for item in items if item.nodeid.startswith(SCENARIOS)]
    config.hook.pytest_deselected(items=others)
