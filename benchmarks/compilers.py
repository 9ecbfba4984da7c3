"""Compares the cycles of the kernels as several compilers translate them.

    .venv/bin/python benchmarks/compilers.py [FOLDER] --gcc PATH... [--only TEXT]

Each PATH is the folder of an Arm GNU toolchain, as for TINYLAB_ARM_TOOLCHAIN. The compiler that
tinylab finds without it comes first; the others are shown relative to it. Networks and FOLDER are
those of benchmarks/kernels.py; a layer is shown if its cycles differ by more than 5 %, and a
thousand. Fails nothing.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from kernels import CASES, Case, Measured, measure, table

from tinylab.build.toolchain import VARIABLE

SHARE = 0.05
LEAST = 1_000


def measured(case: Case, arguments: argparse.Namespace, compiler: Path | None) -> Measured | None:
    """With that compiler; None, and a line of the reason, if it cannot be measured."""
    os.environ.pop(VARIABLE, None)
    if compiler is not None:
        os.environ[VARIABLE] = str(compiler)
    found = measure(case, arguments.folder, arguments.optimize)
    if isinstance(found, Measured):
        return found
    print(f"{case.model} on {case.station}: {found}", file=sys.stderr)
    return None


def differing(first: Measured, other: Measured) -> Iterator[str]:
    """Lines of the layers that take another number of cycles."""
    for one, two in zip(first.layers, other.layers, strict=True):
        change = two.cycles - one.cycles
        if abs(change) > max(LEAST, SHARE * one.cycles):
            ratio = two.cycles / one.cycles
            yield f"    {one.name}: {one.function}, {one.cycles:,} -> {two.cycles:,}, {ratio:.2f}"


def row(results: Sequence[Measured | None]) -> Sequence[str]:
    first = results[0]
    assert first is not None
    ratios = (f"{one.cycles / first.cycles:.3f}" if one else "" for one in results[1:])
    return (first.case.model, first.case.station, f"{first.cycles:,.0f}", *ratios)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="MLPerf Tiny's reference models")
    parser.add_argument("--gcc", nargs="+", type=Path, required=True, help="toolchains")
    parser.add_argument("--only", default="", help="cases whose model or board has this text")
    parser.add_argument("--optimize", default="balanced", choices=("ram", "balanced", "speed"))
    arguments = parser.parse_args()
    heads = ("network", "board", "cycles", *(f"/ {path}" for path in arguments.gcc))
    print("\n".join(table(heads, [])))
    for case in CASES:
        if arguments.only not in f"{case.model} {case.station}":
            continue
        results = [measured(case, arguments, path) for path in (None, *arguments.gcc)]
        first, *others = results
        if first is None:
            continue
        print(f"| {' | '.join(row(results))} |", flush=True)
        for other in filter(None, others):
            for line in differing(first, other):
                print(line)


if __name__ == "__main__":
    main()
