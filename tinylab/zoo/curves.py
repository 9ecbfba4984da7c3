"""Activation functions of float tensors."""

from __future__ import annotations

import math

import numpy as np

from tinylab.zoo.network import FloatArray, Function


def activated(function: Function, x: FloatArray, factor: np.float32) -> FloatArray:
    """An activation function of each number (softmax: over the last axis)."""
    match function:
        case Function.LINEAR:
            return x
        case Function.RELU:
            return np.maximum(x, np.float32(0))
        case Function.RELU6:
            return np.clip(x, np.float32(0), np.float32(6))
        case Function.SIGMOID:
            small = np.exp(-np.abs(x))
            return np.asarray(np.where(x >= 0, 1, small) / (1 + small), np.float32)
        case Function.TANH:
            return np.asarray(np.tanh(x), np.float32)
        case Function.SOFTMAX:
            scaled = x * factor
            powers = np.exp(scaled - scaled.max(-1, keepdims=True))
            shares: FloatArray = powers / powers.sum(-1, keepdims=True)
            return shares
        case Function.LEAKY_RELU:
            return np.asarray(np.where(x >= 0, x, x * factor), np.float32)
        case Function.ELU:
            below = factor * np.expm1(np.minimum(x, np.float32(0)))
            return np.asarray(np.where(x >= 0, x, below), np.float32)
        case Function.GELU:
            bent = _erf(x * np.float32(math.sqrt(0.5)))
            return np.asarray(x * np.float32(0.5) * (np.float32(1) + bent), np.float32)
        case Function.GELU_TANH:
            inner = np.float32(math.sqrt(2 / math.pi)) * (x + np.float32(0.044715) * x * x * x)
            return np.asarray(np.float32(0.5) * x * (np.float32(1) + np.tanh(inner)), np.float32)
        case Function.HARD_SWISH:
            part: FloatArray = np.clip(x + np.float32(3), np.float32(0), np.float32(6))
            return x * part / np.float32(6)


def _erf(x: FloatArray) -> FloatArray:
    """The error function; numpy has none."""
    return np.array([math.erf(one) for one in x.ravel().tolist()], np.float32).reshape(x.shape)
