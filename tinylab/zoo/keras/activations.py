"""Activation functions by the names that Keras gives them, and as operations on tensors."""

from __future__ import annotations

from collections.abc import Mapping

from tinylab.zoo.operations import Activate, Function

HARD_SIGMOID = "hard_sigmoid"
"""A scale, an offset and limits; no function of its own."""
FUNCTIONS: Mapping[str, Activate] = {
    "linear": Activate(Function.LINEAR),
    "relu": Activate(Function.RELU),
    "relu6": Activate(Function.RELU6),
    "leaky_relu": Activate(Function.LEAKY_RELU, 0.2),
    "elu": Activate(Function.ELU, 1.0),
    "selu": Activate(Function.SELU),
    "silu": Activate(Function.SWISH),
    "swish": Activate(Function.SWISH),
    "gelu": Activate(Function.GELU),
    "hard_silu": Activate(Function.HARD_SWISH),
    "hard_swish": Activate(Function.HARD_SWISH),
    "softplus": Activate(Function.SOFTPLUS),
    "exponential": Activate(Function.EXP),
    "sigmoid": Activate(Function.SIGMOID),
    "tanh": Activate(Function.TANH),
    "softmax": Activate(Function.SOFTMAX),
    "log_softmax": Activate(Function.LOG_SOFTMAX),
}
"""With Keras' own defaults."""
NAMES = (*FUNCTIONS, HARD_SIGMOID)
"""Of all activations that are read."""
