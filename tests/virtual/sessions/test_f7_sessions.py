"""Whole sessions on the virtual STM32F7: clocks as asked, outputs right, the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.sessions import assert_measured_at_its_clocks


@pytest.mark.parametrize(
    ("board", "clocks"),
    [
        ("stm32f746g_disco", {1: 0, 30: 0, 100: 3, 216: 7}),
        ("nucleo_f767zi", {16: 0, 144: 4, 181: 6, 216: 7}),
    ],
)
def test_a_board_is_measured_at_its_clocks(
    board: str, clocks: dict[int, int], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert_measured_at_its_clocks(board, clocks, tmp_path, caplog)
