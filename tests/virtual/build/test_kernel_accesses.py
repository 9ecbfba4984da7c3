"""No kernel reads or writes a byte beyond its tensors, parameters and scratch memory, and each
accesses them in the order that it states, on an emulated core."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes import compiled
from tests.fakes.layers import watched
from tests.fakes.layers.traces import kernels_under
from tests.fakes.layers.watched import Watch
from tests.fakes.networks import Recipe
from tests.fakes.qemu import M4, MACHINES, Machine
from tests.virtual.build.every_kernel import GROUPS
from tinylab.codegen.generate import Generated, generate
from tinylab.codegen.layers.kernel import Kernel
from tinylab.codegen.target import ANY, Goal, Target
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Function

RUNS = [
    *((machine, group) for machine in MACHINES for group in ("fast floats", "fast int8")),
    *((M4, group) for group in GROUPS if group.startswith("plain")),
]
EVERY_RUN = pytest.mark.parametrize(
    ("machine", "group"), RUNS, ids=[f"{one.core} {group}" for one, group in RUNS]
)


@pytest.fixture(autouse=True)
def everything_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """No tensor overlaps or touches another, so that each access has one meaning."""
    watched.spread(monkeypatch)


def all_of(machine: Machine, group: str) -> Iterator[tuple[str, Generated]]:
    """For a core with goals in turn, or for any core."""
    for number, case in enumerate(GROUPS[group]()):
        target = Target(machine.core, list(Goal)[number % 3]) if "fast" in group else ANY
        yield case.name, generate(case.make(), case.compression, target=target, observed=True)


@EVERY_RUN
def test_kernels_keep_to_their_memory_and_order(
    machine: Machine, group: str, tmp_path: Path
) -> None:
    watch = Watch(machine, tmp_path)
    found = [
        f"{name}: {fault}"
        for name, generated in all_of(machine, group)
        for fault in watch.faults(generated)
    ]
    assert not found, "\n".join(found)


def every_generated() -> Iterator[Generated]:
    for machine, group in RUNS:
        yield from (generated for _, generated in all_of(machine, group))


def test_every_kernel_is_among_them(tmp_path: Path) -> None:
    callers, classes = [], set()
    for number, generated in enumerate(every_generated()):
        callers.append(tmp_path / f"{number}.c")
        callers[-1].write_bytes(generated.files["network.c"])
        classes |= {
            type(step.kernel)
            for step in generated.program.steps
            if step.output not in step.inputs  # else the order is not measured
        }
    used = {one.name for one in compiled.used_kernels(callers)}
    sources = {one.name for one in compiled.KERNELS.rglob("tl_*.[cS]")} - {"tl_network.c"}
    assert sorted(sources - used) == []
    assert sorted(one.__name__ for one in kernels_under(Kernel) - classes) == []


def clamp() -> Network:
    recipe = Recipe((7,)).activate(Function.TANH).clip(-0.5, 0.5)
    return recipe.dense(3).network()


LOOP = "for (int i = 0; i < count; ++i)"


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("in[i]", "in[i + i / (count - 1)]", "reads 4 bytes at activations +72"),
        (
            "in[i]",
            "((float *)((char *)in + i / (count - 1)))[i]",
            "reads 4 bytes at activations +69",
        ),
        ("in[i]", "in[i - 1]", "reads 4 bytes at activations +40"),
        ("out[i] =", "out[i - 1] =", "writes 4 bytes at activations -4"),
        ("out[i] =", "out[-1] = out[i] =", "writes 4 bytes at activations -4"),
        (LOOP, "for (int i = count - 1; i >= 0; --i)", "lets the output begin at +0 bytes"),
    ],
)
def test_a_kernel_that_does_not_is_named(
    before: str, after: str, fault: str, tmp_path: Path
) -> None:
    def alter(text: str) -> str:
        return text.replace(before, after)

    altered: dict[str, Callable[[str], str]] = {"tl_clamp_f32.c": alter}
    watch = Watch(M4, tmp_path, altered)
    found = watch.faults(generate(clamp(), observed=True))
    assert found
    assert all(one.startswith("tl_clamp_f32 (7,) -> (7,) ") for one in found)
    assert fault in found[0]
