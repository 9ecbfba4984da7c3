"""A program that forgets its virtual boards still ends cleanly."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine
machine = Machine(by_name({board!r}))
machine.halt()
code = bytes.fromhex("fee7")  # b .
machine.write_memory(machine.board.ram[0].base, code)
machine.write_register(15, machine.board.ram[0].base | 1)
machine.resume()
while machine.now() < 1e-4:
    pass
print(machine.state.name)
"""


@pytest.mark.parametrize("board", ["nucleo_wb55rg", "nucleo_h723zg"])
def test_the_interpreter_ends_while_a_core_runs(board: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(board=board)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "RUNNING"
