"""Generated C that shows its tensors, compiled with sanitizers, agrees with the host's layers."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import compiled, networks
from tests.fakes.tflite import int8
from tests.fakes.tflite.files import network_of
from tinylab.bench.prepare.prepared_network import blocks, sides
from tinylab.bench.verify.host_steps import HostSteps
from tinylab.bench.verify.tally import Compared, Tally
from tinylab.codegen.generate import Generated, generate
from tinylab.stream import observer
from tinylab.stream.observer import Shown
from tinylab.zoo.network import Network

DUMPED = """
#include <stdio.h>
#include "tinylab_observer.h"
void tl_observe(uint32_t step, const void *tensor, uint32_t bytes) {
  fwrite(&step, sizeof step, 1, stderr);
  fwrite(&bytes, sizeof bytes, 1, stderr);
  fwrite(tensor, bytes, 1, stderr);
}
"""
"""The board's side of the observer, for a program: tensors go to standard error."""

Compare = Callable[[Network], list[Compared]]


def with_observer(generated: Generated) -> Generated:
    more = {observer.HEADER: observer.c_header().encode(), "observer.c": DUMPED.encode()}
    return replace(generated, files={**generated.files, **more})


def shown(data: bytes) -> Iterator[tuple[Shown, bytes]]:
    while data:
        step, size = np.frombuffer(data[:8], "<u4").tolist()
        yield Shown(1, 0, step, 0, size), data[8 : 8 + size]
        data = data[8 + size :]


@pytest.fixture(scope="module")
def compare(tmp_path_factory: pytest.TempPathFactory) -> Compare:
    """Builds a network, runs it once with random numbers, and compares each step."""
    compiler = compiled.for_host(tmp_path_factory.mktemp("host"))
    kernels = compiled.kernel_objects(compiler)

    def run(network: Network) -> list[Compared]:
        generated = generate(network, observed=True)
        objects = compiled.network_objects(
            compiler, with_observer(generated), "cubeai_stored_application.c"
        )
        program = compiler.program("application", objects + kernels)
        takes, _ = sides(network)
        random = np.random.default_rng(7)
        real = [one.type.random(random, (1, *one.shape)) for one in network.inputs]
        stored = b"".join(
            one.type.encode(values).tobytes()
            for one, values in zip(network.inputs, real, strict=True)
        )
        done = subprocess.run([str(program)], input=stored, capture_output=True, check=True)
        host = HostSteps(generated, takes)
        [block] = blocks(takes, real)
        host.begin(block)
        for one, data in shown(done.stderr):
            host.take(one, data)
        found = list(host.end())
        assert [one.step for one in found] == list(range(1, len(generated.program.steps) + 1))
        return found

    return run


def departing(found: list[Compared]) -> list[tuple[str, ...]]:
    tallies = {one.step: Tally(one) for one in found}
    for one in found:
        tallies[one.step].add(1, one)
    return [one.layers for one in found if tallies[one.step].differing]


@pytest.mark.parametrize("make", networks.CATALOGUE)
def test_all_steps_of_a_right_network_agree(compare: Compare, make: Callable[[], Network]) -> None:
    assert departing(compare(make())) == []


@pytest.mark.parametrize("seed", range(12))
def test_all_steps_of_any_network_agree(compare: Compare, seed: int) -> None:
    """With branches, folded norms and paddings, layers in place, and layers that do nothing."""
    assert departing(compare(networks.random_network(seed))) == []


@pytest.mark.parametrize("seed", range(2))
def test_all_steps_of_quantised_networks_agree(compare: Compare, tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    assert departing(compare(network_of(int8.residual(random, "RELU"), tmp_path))) == []
    assert departing(compare(network_of(int8.conversions(random), tmp_path))) == []
