"""`pytest --probe SERIAL`: the scenarios, and nothing else, on the real board behind a probe.

Other tests never meet the probe locks of a tinylab that is at work on this computer.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

SCENARIOS = "tests/scenarios/"


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


@pytest.fixture(autouse=True, scope="session")
def state(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[None]:
    """A state folder for this test process; virtual probes have the same serials in all of them.

    Tests on a real probe share its lock with everybody.
    """
    if pytestconfig.getoption("probe") is not None:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYLAB_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield
