"""Chooses the kernel for a layer, by its operation and the types of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tinylab.codegen.layers import (
    activate,
    arithmetic,
    conv,
    conv_s8,
    convert,
    dense,
    depthwise_conv,
    general_conv,
    move,
    pad,
    pool,
    recurrent,
    resize,
    rows,
    stepping,
    sums_s8,
    transpose_conv,
)
from tinylab.codegen.layers.fast.fast_kernel import Refusal, Unsuited
from tinylab.codegen.layers.fast.table import FAST
from tinylab.codegen.layers.int16 import curves, weighted
from tinylab.codegen.layers.kernel import Kernel, Request
from tinylab.errors import GenerationError
from tinylab.zoo.checks.type_rules import are_supported
from tinylab.zoo.operations import (
    GRU,
    LSTM,
    SVDF,
    Activate,
    ArgMax,
    Arithmetic,
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
    Repeat,
    Reshape,
    Resize,
    SimpleRNN,
    Slice,
    Transpose,
    TransposeConv,
)

Candidate = Callable[[Request], Kernel | None]
"""Makes a kernel for a request; None where it has none for these types."""


def does_nothing(operation: Operation) -> bool:
    """Whether the output equals the input, with another shape or name."""
    linear = isinstance(operation, Activate) and operation.function is Function.LINEAR
    return linear or isinstance(operation, Reshape | Dropout)


@dataclass(frozen=True, eq=False)
class Chosen:
    """A layer's kernel, and the faster ones that do not suit it."""

    kernel: Kernel
    refused: tuple[Refusal, ...] = ()


def kernel_for(request: Request) -> Chosen:
    """The first kernel of `FAST` or else of `KERNELS` for the layer.

    Raises GenerationError if there is none.
    """
    types = [one.type for one in request.inputs]
    if are_supported(request.operation, types, request.output.type):
        refused: list[Refusal] = []
        for fast in FAST.get(type(request.operation), ()):
            if request.target.core not in fast.cores or fast.is_float != request.is_float:
                continue
            made = fast.make(request)
            if not isinstance(made, Unsuited):
                return Chosen(made, tuple(refused))
            refused.append(Refusal(fast.name, made.reason))
        for candidate in KERNELS[type(request.operation)]:
            kernel = candidate(request)
            if kernel is not None:
                return Chosen(kernel, tuple(refused))
    names = ", ".join(dict.fromkeys(one.type.number for one in (*request.inputs, request.output)))
    raise GenerationError(
        f"{type(request.operation).__name__} is not supported with {names}.",
        remedy="Convert the model with another quantisation, or let ST's tool generate the code: "
        "--runtime cubeai.",
    )


def floats(make: Callable[[Request], Kernel]) -> Candidate:
    """A candidate for float tensors alone."""
    return lambda request: make(request) if request.is_float else None


def alike(make: Callable[[Request], Kernel]) -> Candidate:
    """A candidate for tensors of one type, whatever it is."""
    return lambda request: (
        make(request) if all(one.type == request.output.type for one in request.inputs) else None
    )


KERNELS: Mapping[type[Operation], Sequence[Candidate]] = {
    Dense: (floats(dense.kernel), dense.quantised, weighted.kernel),
    Conv: (floats(conv.kernel), conv_s8.kernel, general_conv.kernel, weighted.kernel),
    DepthwiseConv: (
        floats(depthwise_conv.kernel),
        conv_s8.kernel,
        general_conv.kernel,
        weighted.kernel,
    ),
    TransposeConv: (floats(transpose_conv.kernel), general_conv.kernel, weighted.kernel),
    BatchNorm: (floats(depthwise_conv.batch_norm),),
    Pool: (floats(pool.kernel), pool.quantised),
    GlobalPool: (floats(pool.global_kernel), sums_s8.mean, pool.quantised_global),
    ArgMax: (pool.arg_max,),
    Activate: (floats(activate.kernel), activate.quantised, curves.kernel),
    Clip: (floats(activate.kernel), activate.quantised, curves.kernel),
    Arithmetic: (
        floats(arithmetic.kernel),
        arithmetic.quantised_sum,
        arithmetic.quantised,
    ),
    Constant: (),
    Concat: (alike(move.concat),),
    Transpose: (alike(move.kernel),),
    Slice: (alike(move.kernel),),
    Repeat: (alike(move.kernel),),
    Pad: (pad.kernel,),
    Resize: (resize.kernel,),
    Convert: (convert.kernel,),
    Reshape: (pad.copy,),
    Dropout: (pad.copy,),
    Embedding: (floats(rows.embedding),),
    LayerNorm: (floats(rows.layer_norm),),
    IntegerLSTM: (stepping.lstm,),
    SVDF: (floats(stepping.svdf), stepping.quantised_svdf),
    SimpleRNN: (floats(recurrent.kernel),),
    GRU: (floats(recurrent.kernel),),
    LSTM: (floats(recurrent.kernel),),
}
