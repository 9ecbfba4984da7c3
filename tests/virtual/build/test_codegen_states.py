"""Generated C of networks with states, compiled with sanitizers: a sequence of inferences equals
the host's reference, after a reset too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes import compiled, stateful
from tests.fakes.onnx import files as onnx_files
from tests.fakes.onnx import networks
from tests.fakes.tflite import streaming
from tests.fakes.tflite.files import network_of
from tinylab.codegen.generate import generate
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

SAMPLES = 6
Check = Callable[[Network], None]


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Compares stored outputs of a sequence that is run twice, with a reset between."""
    folder = tmp_path_factory.mktemp("host")
    compiler = compiled.for_host(folder)
    kernels = compiled.kernel_objects(compiler)

    def compare(network: Network) -> None:
        generated = generate(network)
        application = "cubeai_stateful_application.c"
        objects = compiled.network_objects(compiler, generated, application)
        program: Path = compiler.program("application", objects + kernels)
        random = np.random.default_rng(7)
        real = [one.type.random(random, (SAMPLES, *one.shape)) for one in network.inputs]
        wanted = dict(reference.each_tensor(generated.network, real))
        given = [np.concatenate([wanted[one.name]] * 2) for one in network.inputs]
        got = compiled.infer_stored(program, network, given)
        for name, output in zip(network.outputs, got, strict=True):
            tolerance = 1e-5 if network.type_of(name).is_float else 0
            twice = np.concatenate([wanted[name]] * 2)
            np.testing.assert_allclose(output, twice, rtol=tolerance, atol=tolerance)

    return compare


@pytest.mark.parametrize("name", stateful.NETWORKS)
def test_states_of_floats(check: Check, name: str) -> None:
    check(stateful.NETWORKS[name]())


CASES = (*streaming.CASES, *streaming.VARIABLES)


@pytest.mark.parametrize(("name", "make"), CASES, ids=[one for one, _ in CASES])
def test_states_of_tflite_operators(
    check: Check, tmp_path: Path, name: str, make: Callable[[Any], bytes]
) -> None:
    check(network_of(make(np.random.default_rng(5)), tmp_path))


@pytest.mark.parametrize("constant", [False, True])
@pytest.mark.parametrize(("kind", "gates"), [("LSTM", 4), ("GRU", 3), ("RNN", 1)])
def test_states_that_an_inference_begins_with(
    check: Check, tmp_path: Path, kind: str, gates: int, constant: bool
) -> None:
    network = onnx_files.read(networks.continued(kind, gates, constant=constant), tmp_path)
    assert network.states
    assert not network.keeps_states
    check(network)
