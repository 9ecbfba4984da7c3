"""Generated networks compute the same outputs as in qemu-system-arm, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import networks
from tests.fakes.emulated_images import same_everywhere
from tests.fakes.layers import emulated
from tests.fakes.layers.arithmetic import expected
from tests.fakes.qemu import MACHINES, Machine
from tinylab.codegen.generate import generate
from tinylab.zoo.network import Network

INFERENCES = 2
NETWORKS: dict[str, tuple[Callable[[], Network], str]] = {
    "house price": (networks.house_price, "none"),
    "human activity": (networks.human_activity, "none"),
    "human activity x8": (networks.human_activity, "x8"),
    "image classification x4": (networks.image_classification, "x4"),
    **{f"random {seed}": (partial(networks.random_network, seed), "none") for seed in range(3)},
}


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_a_network_infers_as_in_qemu(machine: Machine, name: str, tmp_path: Path) -> None:
    make, compression = NETWORKS[name]
    generated = generate(make(), compression)
    network = generated.network
    random = np.random.default_rng(11)
    inputs = random.standard_normal((INFERENCES, *network.input_shape)).astype(np.float32)
    image = emulated.built(machine, tmp_path, generated, inputs)
    memory = same_everywhere(image)
    assert image.words(memory, "finished", 1) == INFERENCES
    wanted = np.stack([expected(network, given) for given in inputs]).reshape(INFERENCES, -1)
    got = emulated.outputs(image, memory, network, INFERENCES)
    assert np.abs(got - wanted).max() <= 1e-5 * np.abs(wanted).max()
