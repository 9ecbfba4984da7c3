"""Layers whose weights a .tflite file converts itself."""

from __future__ import annotations

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.int8 import Random, fused

Shape = tuple[int, ...]
FLOAT, INT8, UINT8, INT16 = "float32", "int8", "uint8", "int16"


def float_weights(random: Random, dtype: str) -> bytes:
    """A dense layer of floats, with float16 or int8 weights that DEQUANTIZE makes floats."""
    options = schema.FullyConnectedOptionsT()
    options.fusedActivationFunction = fused("RELU")
    weights = Tensor.constant(random.uniform(-1, 1, (5, 12)).astype(np.float16))
    if dtype == INT8:
        weights = Tensor.constant(
            random.integers(-127, 128, (5, 12)).astype(np.int8), scales=[0.02]
        )
    tensors = [
        Tensor((1, 12)),
        weights,
        Tensor((5, 12)),
        Tensor.constant(random.uniform(-1, 1, 5).astype(np.float32)),
        Tensor((1, 5)),
    ]
    ops = [
        Op("DEQUANTIZE", [1], [2], schema.DequantizeOptionsT()),
        Op("FULLY_CONNECTED", [0, 2, 3], [4], options),
    ]
    return model(tensors, ops, [0], [4])


def rounded_weights(random: Random, dtype: str, scales: int = 1) -> bytes:
    """A dense layer of floats, with weights that QUANTIZE and DEQUANTIZE round."""
    zeros = [int(random.integers(100, 150)) if dtype == UINT8 else 0] * scales
    stepped = [float(one) for one in random.uniform(0.005, 0.02, scales)]
    tensors = [
        Tensor((1, 12)),
        Tensor.constant(random.uniform(-1, 1, (5, 12)).astype(np.float32)),
        Tensor((5, 12), dtype, stepped, zeros),
        Tensor((5, 12)),
        Tensor((1, 5)),
    ]
    ops = [
        Op("QUANTIZE", [1], [2], schema.QuantizeOptionsT()),
        Op("DEQUANTIZE", [2], [3], schema.DequantizeOptionsT()),
        Op("FULLY_CONNECTED", [0, 3], [4], schema.FullyConnectedOptionsT()),
    ]
    return model(tensors, ops, [0], [4])
