"""Multiply-accumulates (MACC) of layers, counted as ST Edge AI Core 2.2 (X-CUBE-AI 10.2) does.

The sum is `macc` at the top of ST's report, which counts the generated code. E are elements of the
output, G those of the input, K elements of a kernel's window, I and O channels in and out; the
third column names the versions in whose reports the rule was seen to hold.

| layer | MACC | seen in |
|---|---|---|
| Dense | E x I + E | 6.0 to 4.0 |
| Conv, with groups | E x K x I / groups + O | 5.1 to 4.0 |
| DepthwiseConv | E x K + O | 5.1 to 4.0 |
| ReLU of floats; ReLU6 | E; 2 x E | 5.1 to 4.0; 2.2 |
| the same of int8 numbers, after a layer with sums and of its type | 0 | 1.0 to 4.0 |
| Softmax, of int8 numbers too | 15 x E | 4.1 to 4.0 |
| Sigmoid, Tanh | 10 x E | 7.1 to 2.2 |
| functions that are a table of int8 numbers | E | 2.1 to 4.0: Sigmoid, Tanh |
| ELU | 11 x E | 2.2 |
| LeakyReLU; PReLU | E; 2 x E | 8.1, as the model's layers |
| Pool | E x K | 6.0 to 4.0 |
| GlobalPool | G | 8.1 to 2.2 |
| Add, Subtract, Multiply, Minimum, Maximum | E | 5.1 to 4.0 |
| BatchNorm that is folded into weights | 0 | 5.2 to 2.2 |
| any other BatchNorm | 2 x E | 5.0 to 4.0 |
| Convert | 2 x E | 8.1 to 4.0 |
| Transpose | E / 2 | 8.1 to 4.0 |
| Resize to nearest | 0 | 5.2, 2.2 |
| LayerNorm | 7 x E + 21 x rows | 4.0 |
| LSTM | steps x units x (4 x (I + units) + 5) | 5.0 to 2.2 |
| GRU | steps x units x (3 x (I + units) + 2) | 3.0 |
| Concat, Slice, Pad, Reshape, Dropout, Constant, Embedding | 0 | 5.1 to 4.0 |

Versions before 9 are of Cube.AI, those from 1.0 to 4.0 of ST Edge AI Core, its successor. Before
6.0, Dense did not count its bias. Before 1.0, int8 numbers were counted otherwise in places: 8.1
adds two conversions to a softmax or LeakyReLU of int8 numbers.

No report was seen with SVDF (counted as its weights), SimpleRNN (as an LSTM with one gate),
TransposeConv (one for each input element and element of the kernel), bilinear Resize (4 x E),
HardSwish (3 x E), the functions made of an exponential or another series (10 x E, as Sigmoid),
those of an instruction or two (E), the other pairs (E), Repeat (0), and Clip (as ReLU6). Some
versions from 3.0 count an addition of a constant that broadcasts by the constant's elements;
here it is E.
"""

from __future__ import annotations

from collections import Counter

from tinylab.zoo.network import Layer, Network, Shape, elements
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
    Pad,
    Pool,
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

PER_ELEMENT = {
    Function.LINEAR: 0,
    Function.RELU: 1,
    Function.RELU6: 2,
    Function.LEAKY_RELU: 1,
    Function.SIGMOID: 10,
    Function.TANH: 10,
    Function.SOFTMAX: 15,
    Function.ELU: 11,
    Function.HARD_SWISH: 3,
    Function.GELU: 10,
    Function.GELU_TANH: 10,
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
CLAMPS = (Function.RELU, Function.RELU6)
PRODUCTS = {LSTM: 5, IntegerLSTM: 5, GRU: 2, SimpleRNN: 1}
"""Of a recurrent layer and a unit, beside those with its weights."""
SUMS = (Dense, Conv, DepthwiseConv, TransposeConv)


class Macc:
    """Counts a network's layers."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._readers = Counter(name for layer in network.layers for name in layer.inputs)
        self._readers.update(network.results)
        self._absorbed: set[str] = set()
        self._absorbed.update(layer.name for layer in network.layers if self._is_absorbed(layer))

    def of(self, layer: Layer) -> int:
        return 0 if layer.name in self._absorbed else self._alone(layer)

    def _is_absorbed(self, layer: Layer) -> bool:
        """Whether the generated code does what `layer` does within the layer before it."""
        if isinstance(layer.operation, BatchNorm):
            folded = self._before(layer, Reshape, Dropout, BatchNorm)
            return folded is not None and isinstance(folded.operation, Dense | Conv | DepthwiseConv)
        if _is_clamp(layer) and not layer.type.is_float:
            before = self._before(layer)
            sums = before is not None and isinstance(before.operation, (*SUMS, Arithmetic))
            return sums and before is not None and before.type == layer.type
        return False

    def _before(self, layer: Layer, *passed: type) -> Layer | None:
        """The layer before those of the kinds `passed`; nothing else may read what they output."""
        while True:
            (name,) = layer.inputs
            before = self._network.tensors[name]
            if not isinstance(before, Layer) or self._readers[name] != 1:
                return None
            if before.name not in self._absorbed and isinstance(before.operation, BatchNorm):
                return None
            if not isinstance(before.operation, passed):
                return before
            if before.shape[-1] != layer.shape[-1]:
                return None
            layer = before

    def _alone(self, layer: Layer) -> int:
        made, outputs = elements(layer.shape), layer.shape[-1]
        given = self._network.shape_of(layer.inputs[0]) if layer.inputs else ()
        match layer.operation:
            case Dense(weights=weights):
                return made * (int(weights.shape[0]) + 1)
            case Conv(kernel=kernel):
                return made * elements(kernel.shape[:3]) + outputs
            case DepthwiseConv(kernel=kernel):
                return made * elements(kernel.shape[:2]) + outputs
            case TransposeConv(kernel=kernel):
                window = elements(kernel.shape[:2])
                return elements(given) * window * outputs + outputs
            case Pool(size=size):
                return size[0] * size[1] * made
            case GlobalPool() | ArgMax():
                return elements(given)
            case Activate(function=function):
                return _function(function, layer)
            case Resize(bilinear=bilinear):
                return 4 * made if bilinear else 0
            case Arithmetic(kind=kind):
                return 2 * made if kind is ArithmeticKind.PRELU else made
            case Clip():
                return 2 * made if layer.type.is_float else made
            case BatchNorm() | Convert():
                return 2 * made
            case Transpose():
                return made // 2
            case LayerNorm():
                return 7 * made + 21 * (made // outputs)
            case SVDF(features=features, time=time, bias=bias):
                return features.size + time.size + bias.size
            case SimpleRNN() | GRU() | LSTM() | IntegerLSTM():
                return _recurrent(layer.operation, given)
            case Constant() | Concat() | Slice() | Pad() | Reshape() | Dropout() | Embedding():
                return 0
            case Repeat():
                return 0


def _is_clamp(layer: Layer) -> bool:
    operation = layer.operation
    if isinstance(operation, Activate):
        return operation.function in CLAMPS
    return isinstance(operation, Clip)


def _function(function: Function, layer: Layer) -> int:
    made = elements(layer.shape)
    if layer.type.is_float or function in (Function.SOFTMAX, Function.LINEAR):
        return PER_ELEMENT[function] * made
    return made


def _recurrent(operation: SimpleRNN | GRU | LSTM | IntegerLSTM, given: Shape) -> int:
    steps, inputs = given
    units, columns = map(int, operation.recurrent.shape)
    return steps * (columns * (inputs + units) + PRODUCTS[type(operation)] * units)
