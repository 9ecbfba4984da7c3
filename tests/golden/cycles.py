"""What stand-in networks take on each core; `python -m tests.golden.cycles` writes it anew.

    python -m tests.golden.cycles [TEXT]

writes the networks whose names contain TEXT; all without it. See `kernel_cycles.toml`: cycles of
each layer and in all, measured by `tests.fakes.layers.timed`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from tests.fakes.layers.timed import STANDINS, Timed, compiler_version, laboratory
from tinylab.boards.board import Core

FILE = Path(__file__).with_name("kernel_cycles.toml")
TOLERANCE, OTHER_COMPILER = 0.01, 0.05
"""Relative, with the compiler of the file and with another one."""
FEW = 32
"""Cycles by which a layer may move, however short it is: what others leave in the caches."""
HEAD = """\
# Cycles of stand-in networks on emulated cores; `python -m tests.golden.cycles` writes them.
# Change them only with a change that means it.
"""


class Golden(msgspec.Struct, frozen=True):
    """The contents of the file: by core, network and layer."""

    compiler: str
    cycles: Mapping[Core, Mapping[str, Mapping[str, int]]]


def golden() -> Golden:
    return msgspec.toml.decode(FILE.read_bytes(), type=Golden)


def moved(
    core: Core, network: str, wanted: Mapping[str, int], found: Timed, tolerance: float
) -> list[str]:
    """What differs by more than `tolerance`, one sentence each."""
    if wanted.keys() != found.layers.keys():
        lost, new = wanted.keys() - found.layers.keys(), found.layers.keys() - wanted.keys()
        return [f"{core} {network}: has {sorted(new)} instead of {sorted(lost)}"]
    total = sum(wanted.values())
    sums = [(f"{core} {network}", total, found.cycles, 0)]
    sums += [
        (f"{core} {network}, layer {name}", wanted[name], cycles, FEW)
        for name, cycles in found.layers.items()
    ]
    return [
        f"{name}: {now:,} cycles instead of {before:,} ({now / before - 1:+.1%})"
        for name, before, now, few in sums
        if abs(now - before) > max(tolerance * before, few)
    ]


def text(compiler: str, cycles: Mapping[Core, Mapping[str, Mapping[str, int]]]) -> str:
    """The file."""
    return HEAD + "\n".join(_lines(compiler, cycles)) + "\n"


def _lines(compiler: str, cycles: Mapping[Core, Mapping[str, Mapping[str, int]]]) -> Iterator[str]:
    yield f'compiler = "{compiler}"'
    for core, of_networks in cycles.items():
        for network, layers in of_networks.items():
            yield f"\n[cycles.{core.value}.{network}]"
            yield from (f'"{name}" = {count}' for name, count in layers.items())


def write(only: str) -> None:
    known = golden().cycles if FILE.exists() else {}
    made: dict[Core, dict[str, Mapping[str, int]]] = {}
    for core in Core:
        made[core] = {name: known.get(core, {}).get(name, {}) for name in STANDINS}
        with laboratory(core) as one:
            for name in STANDINS:
                if only in name:
                    made[core][name] = one.time(name).layers
    FILE.write_text(text(compiler_version(), made), encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else "")
