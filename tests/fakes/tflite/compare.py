"""Compares what tinylab reads from a .tflite file with LiteRT's reference kernels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.fakes.tflite.files import interpreted, network_of
from tinylab.zoo.execution import reference

SAMPLES = 5


def compare(
    content: bytes,
    folder: Path,
    random: np.random.Generator,
    *,
    steps: int = 0,
    references: bool = True,
) -> None:
    """Outputs are equal, or quantised ones differ by at most `steps`, floats by 1e-5 of
    the largest; inputs have the whole range of their type."""
    network = network_of(content, folder)
    real = [
        one.type.random(random, (SAMPLES, *one.shape)) * np.float32(4) - one.type.is_float * 2
        for one in network.inputs
    ]
    tensors = dict(reference.each_tensor(network, real))
    given = [one.type.encode(values) for one, values in zip(network.inputs, real, strict=True)]
    for index in range(SAMPLES):
        wanted = interpreted(
            content, *(values[index : index + 1] for values in given), references=references
        )
        for name, output in zip(network.outputs, wanted, strict=True):
            got = tensors[name][index].reshape(output.shape)
            assert got.dtype == output.dtype
            if network.type_of(name).is_float:
                np.testing.assert_allclose(
                    got, output, atol=1e-5 * (1 + np.abs(output).max()), rtol=0
                )
            else:
                np.testing.assert_allclose(got.astype(int), output.astype(int), atol=steps, rtol=0)
