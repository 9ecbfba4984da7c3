"""Generated C of ONNX networks, compiled with sanitizers, gives onnxruntime's outputs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes import compiled
from tests.fakes.onnx import operators, quantised
from tests.fakes.onnx.files import RELATIVE, moved, outputs_of, read, samples_of
from tinylab.codegen.generate import generate
from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network

NETWORKS = (
    *("flattened image", "computed shape", "channels last in the file", "residual", "turned"),
    *("dense on positions", "two inputs and outputs", "classifier", "embedding", "branches"),
    *("attention of channels", "parts", "normalised", "linear classifier"),
    *("lstm both ways", "gru of PyTorch", "rnn", "transposed with padding", "bilinear"),
    *("gelu of exporters", "layer norm of exporters", "where Less", "conditions", "pixel shuffle"),
    *("ReduceL2 over [1, 3]", "log softmax over channels", "reflect", "irregular places", "tile"),
    *("softmax over channels", "batch norm of opset 8", "prelu", "dilation"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("host")


@pytest.fixture(scope="module")
def compiler(folder: Path) -> compiled.Compiler:
    return compiled.for_host(folder)


@pytest.fixture(scope="module")
def kernels(compiler: compiled.Compiler) -> list[Path]:
    return compiled.kernel_objects(compiler)


def program_of(network: Network, compiler: compiled.Compiler, kernels: list[Path]) -> Path:
    application = "cubeai_stored_application.c"
    objects = compiled.network_objects(compiler, generate(network), application)
    return compiler.program("application", objects + kernels)


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_of_floats(
    name: str, folder: Path, compiler: compiled.Compiler, kernels: list[Path]
) -> None:
    made = operators.MODELS[name]()
    network = read(made, folder)
    program = program_of(network, compiler, kernels)
    for seed in range(3):
        _, wanted = outputs_of(network, made, seed)
        samples = samples_of(made, seed)
        stored = [one.shape for one in network.inputs]
        given = [moved(one, shape) for one, shape in zip(samples.values(), stored, strict=True)]
        got = compiled.infer_stored(program, network, given)
        for ours, theirs in zip(got, wanted, strict=True):
            limit = RELATIVE * max(float(np.abs(theirs).max()), 1e-6)
            np.testing.assert_allclose(ours, theirs, rtol=RELATIVE, atol=limit)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("name", quantised.MODELS)
def test_quantised_networks(
    name: str, dtype: str, folder: Path, compiler: compiled.Compiler, kernels: list[Path]
) -> None:
    """Equal to the host's reference, which other tests compare with onnxruntime."""
    network = read(quantised.MODELS[name](dtype), folder)
    program = program_of(network, compiler, kernels)
    random = np.random.default_rng(7)
    given = [random.standard_normal((8, *one.shape)).astype(np.float32) for one in network.inputs]
    wanted = dict(reference.each_tensor(network, given))
    got = compiled.infer_stored(program, network, given)
    for output, ours in zip(network.outputs, got, strict=True):
        np.testing.assert_array_equal(ours, wanted[output])
