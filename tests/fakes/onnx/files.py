"""Writes .onnx files, and compares tinylab's outputs with onnxruntime's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from tinylab.zoo.execution import reference
from tinylab.zoo.network import Network
from tinylab.zoo.onnx import model_file

Array = npt.NDArray[Any]
RELATIVE = 1e-5
IR_VERSIONS = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 12: 7, 13: 7}
"""The format's version that belongs to an operator set, for old ones."""
NEWEST_RUN = 23
"""The newest operator set that tests use of those that onnxruntime runs."""


def numbers(*shape: int, seed: int = 0) -> Array:
    """Random float32 numbers."""
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def whole(*values: int) -> Array:
    return np.array(values, np.int64)


def node(kind: str, inputs: str, outputs: str, *, domain: str = "", **attributes: Any) -> Any:
    """A node; names are separated by spaces, and `-` stands for a missing input."""
    names, made = (
        ["" if one == "-" else one for one in text.split()] for text in (inputs, outputs)
    )
    return helper.make_node(kind, names, made, domain=domain, **attributes)


def model(
    nodes: Sequence[Any],
    inputs: Mapping[str, Sequence[int | str]],
    outputs: Sequence[str],
    constants: Mapping[str, Array] | None = None,
    opset: int = 17,
    types: Mapping[str, int] | None = None,
) -> onnx.ModelProto:
    """A model; inputs are floats unless `types` says otherwise, outputs have no stated shape."""
    kinds = types or {}
    graph = helper.make_graph(
        nodes,
        "graph",
        [
            helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), shape)
            for name, shape in inputs.items()
        ],
        [
            helper.make_tensor_value_info(name, kinds.get(name, TensorProto.FLOAT), None)
            for name in outputs
        ],
        [numpy_helper.from_array(one, name) for name, one in (constants or {}).items()],
    )
    domains = {one.domain for one in nodes} - {""}
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(one, 1) for one in domains)]
    made = helper.make_model(graph, opset_imports=opsets, producer_name="tests")
    made.ir_version = IR_VERSIONS.get(opset, 8)
    return made


def one(
    kind: str, shape: Sequence[int], opset: int = 17, *, domain: str = "", **settings: Any
) -> onnx.ModelProto:
    """One operator on the input `x`; arrays in `settings` are constant inputs, in order."""
    constants = {key: value for key, value in settings.items() if isinstance(value, np.ndarray)}
    attributes = {key: value for key, value in settings.items() if key not in constants}
    inputs = " ".join(["x", *(key if constants[key].size else "-" for key in constants)])
    constants = {key: value for key, value in constants.items() if value.size}
    made = node(kind, inputs, "y", domain=domain, **attributes)
    return model([made], {"x": shape}, ["y"], constants, opset)


def constant_first(kind: str, constant: Array, shape: Sequence[int]) -> onnx.ModelProto:
    return model([node(kind, "c x", "y")], {"x": shape}, ["y"], {"c": constant})


def read(made: onnx.ModelProto, folder: Path) -> Network:
    """The network in the file, read by tinylab."""
    path = folder / "model.onnx"
    path.write_bytes(made.SerializeToString())
    return model_file.read(path)


def interpreted(content: bytes, inputs: Mapping[str, Array]) -> list[Array]:
    """onnxruntime's outputs, without its optimisations."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    found: list[Array] = session.run(None, dict(inputs))
    return found


def moved(sample: Array, stored: tuple[int, ...]) -> Array:
    """A sample (1, channels, positions...) or (1, ...) in the shape that tinylab has."""
    turned = np.moveaxis(sample, 1, -1) if sample.ndim > 1 else sample
    fits = [one for one in (sample, turned) if stored in (one.shape, one.shape[1:])]
    assert len(fits) == 1 or not sample.ndim > 2, "choose other sizes: this one is ambiguous"
    return fits[0].reshape(1, *stored)


def _numbers(found: Any) -> Array:
    """An output; of maps of scikit-learn, their values."""
    if isinstance(found, list):
        return np.array([list(one.values()) for one in found], np.float32)
    return np.asarray(found)


def samples_of(made: onnx.ModelProto, seed: int, scale: float = 1.0) -> dict[str, Array]:
    """Random numbers for each input, in its shape of the file."""
    random = np.random.default_rng(seed)
    samples: dict[str, Array] = {}
    constants = {one.name for one in made.graph.initializer}
    for one in made.graph.input:
        if one.name not in constants:
            shape = [entry.dim_value or 1 for entry in one.type.tensor_type.shape.dim]
            samples[one.name] = (random.standard_normal(shape) * scale).astype(np.float32)
    return samples


def outputs_of(
    network: Network, made: onnx.ModelProto, seed: int, scale: float = 1.0
) -> tuple[list[Array], list[Array]]:
    """tinylab's and onnxruntime's outputs for the same random sample, in tinylab's shapes."""
    samples = samples_of(made, seed, scale)
    found = interpreted(made.SerializeToString(), samples)
    wanted = [one for one in map(_numbers, found) if one.dtype.kind == "f"]
    stored = [one.shape for one in network.inputs]
    given = [moved(one, shape) for one, shape in zip(samples.values(), stored, strict=True)]
    got = list(reference.run(network, given))
    shapes = network.output_shapes
    return got, [moved(one, shape) for one, shape in zip(wanted, shapes, strict=True)]


def compare(made: onnx.ModelProto, folder: Path, samples: int = 3, scale: float = 1.0) -> Network:
    """Assert that tinylab's outputs are onnxruntime's, for random samples."""
    network = read(made, folder)
    for seed in range(samples):
        got, wanted = outputs_of(network, made, seed, scale)
        for ours, theirs in zip(got, wanted, strict=True):
            largest = float(np.abs(theirs).max())
            np.testing.assert_allclose(
                ours, theirs, rtol=RELATIVE, atol=RELATIVE * max(largest, 1e-6)
            )
    return network
