"""No change makes the generated code slower, or faster, unseen."""

from __future__ import annotations

import pytest

from tests.fakes.layers.timed import STANDINS, Timed, compiler_version, laboratory
from tests.golden import cycles
from tests.golden.cycles import FILE, OTHER_COMPILER, TOLERANCE, golden, moved
from tinylab.boards.board import Core

HOW = """
If the change means this, write the file anew: python -m tests.golden.cycles
"""
M4 = Core.CORTEX_M4


@pytest.mark.parametrize("core", Core)
def test_networks_take_the_cycles_of_the_file(core: Core) -> None:
    wanted = golden()
    same = wanted.compiler == compiler_version()
    found: list[str] = []
    assert list(wanted.cycles[core]) == list(STANDINS), HOW
    with laboratory(core) as one:
        for name in STANDINS:
            timed = one.time(name)
            tolerance = TOLERANCE if same else OTHER_COMPILER
            found += moved(core, name, wanted.cycles[core][name], timed, tolerance)
    assert not found, "\n".join(["", *found, HOW])


def test_the_file_is_as_the_command_writes_it() -> None:
    wanted = golden()
    assert cycles.text(wanted.compiler, wanted.cycles) == FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("now", [1012, 988])
def test_a_layer_that_moves_is_named(now: int) -> None:
    wanted = {"1 conv tl_conv": 100_000, "rest": 100}
    found = Timed({"1 conv tl_conv": now * 100, "rest": 100}, now * 100 + 100)
    total, layer = moved(M4, "net", wanted, found, 0.01)
    assert total.startswith("cortex-m4 net: ")
    share = now / 1000 - 1
    cycles = f"{now * 100:,} cycles instead of 100,000 ({share:+.1%})"
    assert layer == f"cortex-m4 net, layer 1 conv tl_conv: {cycles}"


@pytest.mark.parametrize("now", [1009, 991])
def test_less_than_a_percent_is_let_pass(now: int) -> None:
    found = Timed({"1 conv tl_conv": now * 100, "rest": 130}, now * 100 + 130)
    assert not moved(M4, "net", {"1 conv tl_conv": 100_000, "rest": 100}, found, 0.01)


def test_another_kernel_is_named() -> None:
    found = Timed({"1 conv tl_fast": 5}, 5)
    [one] = moved(M4, "net", {"1 conv tl_slow": 5}, found, 0.01)
    assert one == "cortex-m4 net: has ['1 conv tl_fast'] instead of ['1 conv tl_slow']"
