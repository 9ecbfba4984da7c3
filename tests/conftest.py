"""Tests never meet the probe locks of a tinylab that is at work on this computer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def state(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[None]:
    """A state folder for this test process; virtual probes have the same serials in all of them.

    Tests on a real probe share its lock with everybody.
    """
    if pytestconfig.getoption("probe", None) is not None:
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TINYLAB_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield
