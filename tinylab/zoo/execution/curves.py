"""Activation functions of float tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from tinylab.zoo.operations import Function
from tinylab.zoo.tensor_type import FloatArray

SELU_SCALE = 1.0507009873554805
SELU_ALPHA = 1.6732632423543772
"""Klambauer et al. 2017, Self-Normalizing Neural Networks."""


def activated(function: Function, x: FloatArray, factor: np.float32) -> FloatArray:
    """An activation function of each number (softmax, log_softmax: over the last axis)."""
    match function:
        case Function.LEAKY_RELU:
            return np.asarray(np.where(x >= 0, x, x * factor), np.float32)
        case Function.ELU:
            return _elu(x, factor)
        case Function.SOFTMAX:
            return _softmax(x * factor)
        case Function.LOG_SOFTMAX:
            centred = x - x.max(-1, keepdims=True)
            return np.asarray(centred - np.log(np.exp(centred).sum(-1, keepdims=True)), np.float32)
        case _:
            return FUNCTIONS[function](x)


def _sigmoid(x: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1, small) / (1 + small), np.float32)


def _softmax(x: FloatArray) -> FloatArray:
    powers = np.exp(x - x.max(-1, keepdims=True))
    shares: FloatArray = powers / powers.sum(-1, keepdims=True)
    return shares


def _elu(x: FloatArray, factor: np.float32) -> FloatArray:
    below = factor * np.expm1(np.minimum(x, np.float32(0)))
    return np.asarray(np.where(x >= 0, x, below), np.float32)


def _selu(x: FloatArray) -> FloatArray:
    return np.float32(SELU_SCALE) * _elu(x, np.float32(SELU_ALPHA))


def _erf(x: FloatArray) -> FloatArray:
    """The error function; numpy has none."""
    return np.array([math.erf(one) for one in x.ravel().tolist()], np.float32).reshape(x.shape)


def _gelu(x: FloatArray) -> FloatArray:
    return x * np.float32(0.5) * (np.float32(1) + _erf(x * np.float32(math.sqrt(0.5))))


def _gelu_tanh(x: FloatArray) -> FloatArray:
    inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
    return np.asarray(np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)), np.float32)


def _hard_swish(x: FloatArray) -> FloatArray:
    part: FloatArray = np.clip(x + np.float32(3), np.float32(0), np.float32(6))
    return x * part / np.float32(6)


def _softplus(x: FloatArray) -> FloatArray:
    """log(1 + exp(x)), without an exponential that overflows."""
    return np.asarray(np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), np.float32)


FUNCTIONS: Mapping[Function, Callable[[FloatArray], FloatArray]] = {
    Function.LINEAR: lambda x: x,
    Function.RELU: lambda x: np.maximum(x, np.float32(0)),
    Function.RELU6: lambda x: np.clip(x, np.float32(0), np.float32(6)),
    Function.SIGMOID: _sigmoid,
    Function.TANH: np.tanh,
    Function.GELU: _gelu,
    Function.GELU_TANH: _gelu_tanh,
    Function.HARD_SWISH: _hard_swish,
    Function.SELU: _selu,
    Function.SWISH: lambda x: x * _sigmoid(x),
    Function.SOFTPLUS: _softplus,
    Function.EXP: np.exp,
    Function.LOG: np.log,
    Function.ABS: np.abs,
    Function.SIGN: np.sign,
    Function.SQUARE: np.square,
    Function.SQRT: np.sqrt,
    Function.RSQRT: lambda x: np.asarray(1 / np.sqrt(x), np.float32),
    Function.RECIPROCAL: lambda x: np.asarray(1 / x, np.float32),
    Function.SIN: np.sin,
    Function.COS: np.cos,
    Function.ERF: _erf,
    Function.FLOOR: np.floor,
    Function.CEIL: np.ceil,
    Function.ROUND: np.rint,
    Function.TRUNCATE: np.trunc,
}
"""Those without a factor."""
