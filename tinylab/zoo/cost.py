"""Parameters and multiply-accumulates (MACC) per layer, counted as Cube.AI's report does.

| layer | MACC |
|---|---|
| Dense | positions x in x out + out |
| Conv | output elements x (kernel elements x input channels) + output channels |
| DepthwiseConv | output elements x kernel elements + output channels |
| ReLU, ReLU6, Clip | elements |
| Softmax | 15 x elements |
| Sigmoid, Tanh | 10 x elements |
| LeakyReLU, HardSwish | elements, 3 x elements |
| ELU, SELU, GELU, Swish, Softplus, Exp | 10 x elements |
| TransposeConv | input elements x (kernel elements x output channels) + output channels |
| Pool | pool elements x output elements |
| GlobalPool | input elements |
| Arithmetic, BatchNorm, Convert | elements |
| Resize | nearest 0, bilinear 4 x elements |
| LayerNorm | 4 x elements |
| SimpleRNN, GRU, LSTM | steps x (Dense on input and state, functions, products) |
| Constant, Concat, Transpose, Slice, Pad, Reshape, Dropout, Embedding | 0 |

The rows for Dense, Conv, ReLU, Pool, Softmax and the last line match Cube.AI 6.0.0
exactly on the three networks of the published study. The others follow the same rule
(one MACC for each multiply-and-add or comparison) and were not checked against a report
of Cube.AI; sigmoid and tanh are set near softmax, since an exponential dominates all three.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.zoo.builder import weights_of
from tinylab.zoo.network import Layer, Network, Shape, elements
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    Activate,
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
    LayerNorm,
    Operation,
    Pad,
    Pool,
    PoolKind,
    Recurrent,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

MACC_PER_ELEMENT = {
    Function.LINEAR: 0,
    Function.RELU: 1,
    Function.RELU6: 1,
    Function.SIGMOID: 10,
    Function.TANH: 10,
    Function.SOFTMAX: 15,
    Function.LEAKY_RELU: 1,
    Function.ELU: 10,
    Function.GELU: 10,
    Function.GELU_TANH: 10,
    Function.HARD_SWISH: 3,
    Function.SELU: 10,
    Function.SWISH: 10,
    Function.SOFTPLUS: 10,
    Function.EXP: 10,
    Function.LOG: 10,
    Function.LOG_SOFTMAX: 15,
    Function.ABS: 1,
    Function.SIGN: 1,
    Function.SQUARE: 1,
    Function.SQRT: 10,
    Function.RSQRT: 10,
    Function.RECIPROCAL: 1,
    Function.SIN: 10,
    Function.COS: 10,
    Function.ERF: 10,
    Function.FLOOR: 1,
    Function.CEIL: 1,
    Function.ROUND: 1,
    Function.TRUNCATE: 1,
}
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
    return tuple(
        LayerCost(
            layer.name,
            kind(layer.operation),
            layer.shape,
            _parameters(layer.operation),
            _macc(network, layer),
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
    return sum(_macc(network, layer) for layer in network.layers)


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
        case Constant() | Transpose() | Slice() | Repeat():
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
        case Embedding() | SimpleRNN() | GRU() | LSTM():
            return type(operation).__name__


def _word(pool: PoolKind) -> str:
    return pool.value.title()


def _parameters(operation: Operation) -> int:
    return sum(array.size for array in weights_of(operation).values())


def _macc(network: Network, layer: Layer) -> int:
    made = elements(layer.shape)
    match layer.operation:
        case Dense(weights=weights):
            return made * elements(weights.shape[:1]) + layer.shape[-1]
        case Conv(kernel=kernel):
            return made * elements(kernel.shape[:3]) + layer.shape[-1]
        case DepthwiseConv(kernel=kernel):
            return made * elements(kernel.shape[:2]) + layer.shape[-1]
        case TransposeConv(kernel=kernel):
            given = elements(network.shape_of(layer.inputs[0]))
            height, width, _, outputs = map(int, kernel.shape)
            return given * height * width * outputs + layer.shape[-1]
        case Pool(size=size):
            return size[0] * size[1] * made
        case GlobalPool():
            return elements(network.shape_of(layer.inputs[0]))
        case Activate(function=function):
            return MACC_PER_ELEMENT[function] * made
        case Resize(bilinear=bilinear):
            return 4 * made if bilinear else 0
        case Arithmetic() | BatchNorm() | Clip() | Convert():
            return made
        case LayerNorm():
            return 4 * made
        case SimpleRNN() | GRU() | LSTM():
            return _recurrent(layer.operation, network.shape_of(layer.inputs[0])[0])
        case Constant() | Concat() | Transpose() | Slice() | Pad() | Reshape() | Dropout():
            return 0
        case Embedding() | Repeat():
            return 0


def _recurrent(operation: Recurrent, steps: int) -> int:
    """As dense layers and element-wise ones."""
    shape: Shape = operation.recurrent.shape
    units, made = shape
    inputs = int(operation.kernel.shape[0])
    curves = made + units if isinstance(operation, LSTM) else made
    products: int = {SimpleRNN: 0, GRU: 4, LSTM: 3}[type(operation)] * units
    return steps * (made * (inputs + units + 1) + 10 * curves + products)
