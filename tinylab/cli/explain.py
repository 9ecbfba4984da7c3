"""`tinylab models FILE --explain --on BOARD`: the kernels that execute a network."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict

from tinylab.bench.prepare import placing
from tinylab.bench.prepare.own_code import need, target_for
from tinylab.bench.prepare.placing import Need, Placed, Wish
from tinylab.boards import catalog, placement
from tinylab.cli.output import print_json, print_listing
from tinylab.codegen.explanation import ExplainedStep, left_out
from tinylab.codegen.explanation import explain as explained
from tinylab.errors import ExitCode, InputError
from tinylab.zoo.network import Network


def explain(title: str, network: Network, compression: str, arguments: argparse.Namespace) -> int:
    """Prints each call of the generated code. `compression` is the model's default.

    Raises InputError, UnknownName (also for a memory), GenerationError.
    """
    if arguments.on is None:
        raise InputError(
            "--explain requires --on: kernels are chosen for a board.",
            remedy="Add --on BOARD; `tinylab boards` lists them.",
        )
    board = catalog.by_name(arguments.on.removeprefix("sim:"))
    wanted = placement.parse(arguments.place)
    target = target_for(board, arguments.optimize, wanted)
    level = arguments.compression or compression
    steps = explained(network, level, target)
    wish = Wish(wanted, target.goal)
    size = need(network, level, target)
    placed = placing.plan(board, size, wish)
    if arguments.json:
        print_json(
            {
                "title": title,
                "board": board.name,
                "core": board.core,
                "optimize": target.goal,
                "channels_left_out": left_out(network),
                "steps": list(map(_document, steps)),
                "placement": _placement(placed, size),
            }
        )
        return ExitCode.OK
    print_listing(
        ("layers", "kernel", "MACC", "c/MACC", "floor", "cycles", "scratch", "why not another"),
        map(_row, steps),
        right="MACC c/MACC floor cycles scratch",
    )
    print(
        f"Kernels for the {board.core.label} of the {board.title}, --optimize {target.goal}. "
        "Cycles per MACC were measured in other networks; - is not measured."
    )
    if idle := left_out(network):
        names = ", ".join(f"{name} {count}" for name, count in idle.items())
        print(f"Channels that change no output are left out: {names}.")
    floors = {one.kernel: one.speed for one in steps if one.speed and one.speed.floor}
    if floors:
        print("Floors are what the instructions take with all data in time:")
    for kernel, speed in floors.items():
        print(f"  {kernel} {speed.floor:.2f}: {speed.bound}")
    print(_places(placed, size))
    return ExitCode.OK


def _row(step: ExplainedStep) -> Sequence[str]:
    speed, cycles = step.speed, step.cycles
    return (
        ", ".join(step.layers),
        step.kernel,
        f"{step.macc:,}",
        f"{speed.cycles_per_macc:.2f}" if speed else "-",
        f"{speed.floor:.2f}" if speed and speed.floor else "-",
        f"{cycles:,.0f}" if cycles is not None else "-",
        f"{step.scratch_bytes:,} B" if step.scratch_bytes else "",
        "; ".join(f"{one.kernel}: {one.reason}" for one in step.refused),
    )


def _placement(placed: Placed, size: Need) -> dict[str, object]:
    return {
        "memories": asdict(placed.placement),
        "weights_bytes": size.weights,
        "activations_bytes": size.activations,
        "scratch_bytes": size.scratch,
        "missing": [{"memory": one.memory.name, "bytes": one.bytes} for one in placed.missing],
        "note": placed.note,
    }


def _places(placed: Placed, size: Need) -> str:
    """Where each part lies, in a sentence."""
    words = placed.placement
    scratch = f", {size.scratch:,} B of scratch" if size.scratch else " and scratch"
    found = (
        f"Memories (--place {words}): {size.weights:,} B of weights, {size.activations:,} B of "
        f"activations{scratch}."
    )
    lacking = [
        f"{one.memory.name} lacks {one.bytes:,} bytes: it does not fit." for one in placed.missing
    ]
    note = [f"{placed.note[0].upper()}{placed.note[1:]}."] if placed.note else []
    return " ".join([found, *note, *lacking])


def _document(step: ExplainedStep) -> dict[str, object]:
    speed = step.speed
    return {
        "layers": list(step.layers),
        "kernel": step.kernel,
        "macc": step.macc,
        "cycles_per_macc": speed.cycles_per_macc if speed else None,
        "floor": speed.floor if speed else None,
        "bound": speed.bound if speed else "",
        "expected_cycles": step.cycles,
        "scratch_bytes": step.scratch_bytes,
        "refused": [{"kernel": one.kernel, "reason": one.reason} for one in step.refused],
    }
