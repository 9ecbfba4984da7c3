"""An image that several tests run, compiled once for each of their files."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.own_firmware import WORK, own_elf
from tinylab.boards.catalog import by_name

WB = by_name("nucleo_wb55rg")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return own_elf(WB, tmp_path_factory.mktemp("work"), WORK)
