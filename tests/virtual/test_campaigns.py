"""One attempt of each campaign, so that they keep working; `make campaign` runs them for long."""

from __future__ import annotations

import os
import random

import pytest

from tests.campaign import runner


@pytest.mark.parametrize("name", sorted(runner.campaigns()))
def test_an_attempt_is_survived(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in runner.FOLDERS:  # campaigns may set them
        variable = f"TINYLAB_{folder}_DIR"
        monkeypatch.setenv(variable, os.environ[variable])
    counted = runner.count(runner.campaigns()[name], random.Random(f"0 {name}"), 0.0)
    assert counted.losses == []
    assert counted.tried == 1
