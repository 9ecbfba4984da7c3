"""Layer kinds: the kernel for each operation.

- `kernel` is the interface of every kind: parameters, access order, call.
- One module for each kind: `dense`, `conv`, `depthwise_conv`, `pool`, `add`, `pad`, `activate`.
- `window` and `filters` are shared by convolutions and pools.
"""

from __future__ import annotations

from typing import assert_never

from tinylab.codegen.compress import Codebook
from tinylab.codegen.layers import activate, add, conv, dense, depthwise_conv, pad, pool
from tinylab.codegen.layers.kernel import Kernel
from tinylab.zoo.network import (
    Activate,
    Add,
    BatchNorm,
    Clip,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Function,
    GlobalPool,
    Operation,
    Pad,
    Pool,
    Reshape,
    Shape,
)


def does_nothing(operation: Operation) -> bool:
    """Whether the output equals the input, with another shape or name."""
    linear = isinstance(operation, Activate) and operation.function is Function.LINEAR
    return linear or isinstance(operation, Reshape | Dropout)


def kernel_for(
    operation: Operation, shapes: tuple[Shape, Shape], codebook: Codebook | None
) -> Kernel:
    """The kernel for a layer of (input, output) `shapes`; Add has two inputs of one shape."""
    match operation:
        case Dense():
            return dense.kernel(operation, shapes[0], codebook)
        case Conv():
            return conv.kernel(operation, shapes)
        case DepthwiseConv():
            return depthwise_conv.kernel(operation, shapes)
        case BatchNorm():
            return depthwise_conv.batch_norm(operation, shapes[0])
        case Pool():
            return pool.kernel(operation, shapes)
        case GlobalPool():
            return pool.global_kernel(operation, shapes[0])
        case Activate() | Clip():
            return activate.kernel(operation, shapes[0])
        case Add():
            return add.kernel(shapes[0])
        case Pad():
            return pad.kernel(operation, shapes[0])
        case Reshape() | Dropout():
            return pad.copy(shapes[0])
        case _:
            assert_never(operation)
