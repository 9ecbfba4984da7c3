"""Parameters and multiply-accumulates (MACC) of a network and its layers; `macc` has the rules."""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.zoo.builder import weights_of
from tinylab.zoo.macc import Macc
from tinylab.zoo.network import Network, Shape
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    Activate,
    ArgMax,
    Arithmetic,
    ArithmeticKind,
    BatchNorm,
    Clip,
    Concat,
    Constant,
    Conv,
    Convert,
    Dense,
    DepthwiseConv,
    Dropout,
    Embedding,
    Function,
    GlobalPool,
    IntegerLSTM,
    LayerNorm,
    Operation,
    Pad,
    Pool,
    PoolKind,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

NAMES = {
    Function.RELU: "ReLU",
    Function.RELU6: "ReLU6",
    Function.LEAKY_RELU: "LeakyReLU",
    Function.ELU: "ELU",
    Function.GELU: "GELU",
    Function.GELU_TANH: "GELU",
    Function.HARD_SWISH: "HardSwish",
    Function.SELU: "SELU",
    Function.LOG_SOFTMAX: "LogSoftmax",
}
"""Of functions that are not the word with a capital."""


@dataclass(frozen=True)
class LayerCost:
    """One line of the report: a layer, its output shape, parameters and MACC."""

    name: str
    kind: str
    shape: Shape
    parameters: int
    macc: int


def rows(network: Network) -> tuple[LayerCost, ...]:
    """The cost of every layer, in execution order."""
    count = Macc(network).of
    return tuple(
        LayerCost(
            layer.name,
            kind(layer.operation),
            layer.shape,
            _parameters(layer.operation),
            count(layer),
        )
        for layer in network.layers
    )


def parameters(network: Network) -> int:
    """Number of trained parameters."""
    return sum(_parameters(layer.operation) for layer in network.layers)


def weights_bytes(network: Network) -> int:
    """Of all trained parameters, as they are stored."""
    return sum(
        array.nbytes for layer in network.layers for array in weights_of(layer.operation).values()
    )


def macc(network: Network) -> int:
    """Multiply-accumulates of one inference."""
    count = Macc(network).of
    return sum(map(count, network.layers))


def kind(operation: Operation) -> str:
    """The layer's kind as Keras calls it: `Conv1D`, `MaxPooling2D`, `ReLU`."""
    match operation:
        case Dense():
            return "Dense"
        case Conv(rank=rank):
            return f"Conv{rank}D"
        case DepthwiseConv(rank=rank):
            return f"DepthwiseConv{rank}D"
        case TransposeConv():
            return "Conv2DTranspose"
        case Pool(kind=pool, rank=rank):
            return f"{_word(pool)}Pooling{rank}D"
        case GlobalPool(kind=pool):
            return f"Global{_word(pool)}Pooling"
        case Activate(function=function):
            return NAMES.get(function, function.value.title())
        case Clip():
            return "Clip"
        case Arithmetic(kind=kind):
            return "PReLU" if kind is ArithmeticKind.PRELU else kind.title().replace("_", "")
        case Constant() | Transpose() | Slice() | Repeat() | ArgMax():
            return type(operation).__name__
        case Concat():
            return "Concatenate"
        case Pad(value=value):
            return "Padding" if value else "ZeroPadding"
        case Reshape():
            return "Reshape"
        case Convert():
            return "Convert"
        case Dropout():
            return "Dropout"
        case BatchNorm():
            return "BatchNormalization"
        case Resize():
            return "UpSampling"
        case LayerNorm():
            return "LayerNormalization"
        case IntegerLSTM():
            return "LSTM"
        case Embedding() | SimpleRNN() | GRU() | LSTM() | SVDF():
            return type(operation).__name__


def _word(pool: PoolKind) -> str:
    return pool.value.title()


def _parameters(operation: Operation) -> int:
    absent = not getattr(operation, "biased", True)
    arrays = weights_of(operation).items()
    return sum(array.size for name, array in arrays if not (absent and name == "bias"))
