"""Quantised .tflite files of single operators, with numbers from a seed."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model

Random = np.random.Generator


def fused(name: str) -> int:
    """The number of a fused activation."""
    return int(getattr(schema.ActivationFunctionType, name))


def dense(random: Random, activation: str, per_channel: bool) -> bytes:
    inputs, outputs = random.integers(1, 40, 2)
    weights = random.integers(-127, 128, (outputs, inputs)).astype(np.int8)
    scales = random.uniform(0.001, 0.02, outputs if per_channel else 1).tolist()
    bias = random.integers(-3000, 3000, outputs).astype(np.int32)
    options = schema.FullyConnectedOptionsT()
    options.fusedActivationFunction = fused(activation)
    zero_in, zero_out = random.integers(-128, 128, 2).tolist()
    return model(
        [
            Tensor((1, inputs), "int8", [0.03], [zero_in]),
            Tensor.constant(weights, scales=scales),
            Tensor.constant(bias, scales=[0.03 * scale for scale in scales]),
            Tensor((1, outputs), "int8", [random.uniform(0.01, 0.5)], [zero_out]),
        ],
        [Op("FULLY_CONNECTED", [0, 1, 2], [3], options)],
        [0],
        [3],
    )


def conversions(random: Random) -> bytes:
    """Floats to int8, to another scale, and back to floats."""
    first, second = random.uniform(0.001, 0.1, 2).tolist()
    zeros = random.integers(-128, 128, 2).tolist()
    return model(
        [
            Tensor((1, 200)),
            Tensor((1, 200), "int8", [first], [zeros[0]]),
            Tensor((1, 200), "int8", [second], [zeros[1]]),
            Tensor((1, 200)),
        ],
        [
            Op("QUANTIZE", [0], [1], schema.QuantizeOptionsT()),
            Op("QUANTIZE", [1], [2], schema.QuantizeOptionsT()),
            Op("DEQUANTIZE", [2], [3], schema.DequantizeOptionsT()),
        ],
        [0],
        [3],
    )
