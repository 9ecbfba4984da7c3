"""What the layers of a network do, a frozen dataclass for each kind.

An operation says what it does, whatever the type of its tensors; its arrays are of the type that
the operation needs: with quantised weights, `weights` and `kernel` are int8, `bias` is an integer
of the scale input scale x weight scale. Kernels of one-dimensional layers are stored as
two-dimensional kernels of height 1, so a Conv1D over `(length, channels)` is a Conv over
`(1, length, channels)`: the memory layout is identical.

- `weighted` layers, `pooling`, `elementwise`, `moves` of elements, `padding`,
  `recurrent` layers; of floats alone `rows`.
"""

from tinylab.zoo.operations.elementwise import (
    Activate,
    Arithmetic,
    ArithmeticKind,
    Clip,
    Convert,
    Dropout,
    Function,
)
from tinylab.zoo.operations.moves import Concat, Corners, Repeat, Reshape, Resize, Slice, Transpose
from tinylab.zoo.operations.padding import NO_PADDING, Pad, Padding
from tinylab.zoo.operations.pooling import ArgMax, GlobalPool, Pool, PoolKind
from tinylab.zoo.operations.recurrent import (
    GRU,
    LSTM,
    SVDF,
    CellFunction,
    IntegerLSTM,
    Recurrent,
    SimpleRNN,
)
from tinylab.zoo.operations.rows import Embedding, LayerNorm
from tinylab.zoo.operations.weighted import (
    BatchNorm,
    Constant,
    Conv,
    Dense,
    DepthwiseConv,
    TransposeConv,
    WeightQuantization,
)

FloatOperation = Embedding | LayerNorm | Recurrent
Operation = (
    Constant
    | Dense
    | Conv
    | DepthwiseConv
    | TransposeConv
    | Pool
    | GlobalPool
    | ArgMax
    | Activate
    | Clip
    | Arithmetic
    | Concat
    | Transpose
    | Slice
    | Repeat
    | Pad
    | Resize
    | Reshape
    | Convert
    | Dropout
    | BatchNorm
    | IntegerLSTM
    | SVDF
    | FloatOperation
)

__all__ = [
    "GRU",
    "LSTM",
    "NO_PADDING",
    "SVDF",
    "Activate",
    "ArgMax",
    "Arithmetic",
    "ArithmeticKind",
    "BatchNorm",
    "CellFunction",
    "Clip",
    "Concat",
    "Constant",
    "Conv",
    "Convert",
    "Corners",
    "Dense",
    "DepthwiseConv",
    "Dropout",
    "Embedding",
    "FloatOperation",
    "Function",
    "GlobalPool",
    "IntegerLSTM",
    "LayerNorm",
    "Operation",
    "Pad",
    "Padding",
    "Pool",
    "PoolKind",
    "Recurrent",
    "Repeat",
    "Reshape",
    "Resize",
    "SimpleRNN",
    "Slice",
    "Transpose",
    "TransposeConv",
    "WeightQuantization",
]
