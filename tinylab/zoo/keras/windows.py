"""The Keras layers with positions: convolutions, pooling and zero padding.

Those of one dimension become layers of two dimensions with a height of 1.
"""

from __future__ import annotations

from typing import NoReturn

import numpy as np

from tinylab.zoo.execution.windows import dilated
from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras.call_arguments import (
    Call,
    Lower,
    bias_of,
    check_channels_last,
    with_activation,
)
from tinylab.zoo.network import Shape
from tinylab.zoo.operations import (
    NO_PADDING,
    Conv,
    DepthwiseConv,
    GlobalPool,
    Pad,
    Padding,
    Pool,
    PoolKind,
    TransposeConv,
)
from tinylab.zoo.shapes import same_padding
from tinylab.zoo.tensor_type import FloatArray

Pair = tuple[int, int]
ONES = (1, (1,), (1, 1))


def conv(rank: int) -> Lower:
    def lower_conv(call: Call) -> str:
        own = _convolution(call, rank)
        size = _all_axes(call, own.kernel_size, rank)
        groups, inputs = own.groups, call.shape[-1]
        if inputs % groups or own.filters % groups:
            call.refuse(f"has {groups} groups of {inputs} channels", settings.REMEDY)
        arrays = call.weights(kernel=(*size, inputs // groups, own.filters), bias=(own.filters,))
        kernel, bias = _flat(arrays["kernel"], rank), bias_of(arrays, own.filters)
        stride = _stride(call, own, rank, (1, 1))
        padding = _padding(own, call.shape, _covered(call, own, kernel, rank), stride)
        rates, biased = _rates(call, own, rank), "bias" in arrays
        operation = Conv(kernel, bias, stride, padding, rank, None, rates, groups, biased)
        return with_activation(call, call.builder.add(call.name, operation, *call.sources))

    return lower_conv


def conv_transpose(rank: int) -> Lower:
    """Keras' output is `input * stride` long with `same` padding; see TransposeConv.

    With an output padding, it is what the input reaches, less the padding, and that.
    """

    def lower_transposed(call: Call) -> str:
        own = call.settings(settings.Transposed)
        _convolution(call, rank)
        if own.groups != 1 or own.dilation_rate not in ONES:
            call.refuse("has groups or a dilation", "Build it without them.")
        size = _all_axes(call, own.kernel_size, rank)
        arrays = call.weights(kernel=(*size, own.filters, call.shape[-1]), bias=(own.filters,))
        kernel = _flat(arrays["kernel"], rank).transpose(0, 1, 3, 2)
        bias = bias_of(arrays, own.filters)
        stride, given = _stride(call, own, rank, (1, 1)), (1, *call.shape[:-1])[-2:]
        made, before = [], []
        extra = _extra(call, own, rank)
        for length, window, step, more in zip(given, kernel.shape[:2], stride, extra, strict=True):
            same = own.padding.lower() == "same"
            extent = length * step + (0 if same else max(window - step, 0))
            if more is not None:
                extent = (length - 1) * step + window - (window // 2 * 2 if same else 0) + more
            made.append(extent)
            before.append(max((length - 1) * step + window - extent, 0) // 2 if same else 0)
        pair, cut = (made[0], made[1]), (before[0], before[1])
        packed, biased = np.ascontiguousarray(kernel), "bias" in arrays
        operation = TransposeConv(packed, bias, stride, cut, pair, biased=biased)
        source = call.sources[0]
        if rank == 1:
            source = call.builder.reshape(f"{call.name}_rows", source, (1, *call.shape))
        name = call.builder.add(call.name, operation, source)
        if rank == 1:
            name = call.builder.reshape(f"{call.name}_flat", name, (pair[1], own.filters))
        return with_activation(call, name)

    return lower_transposed


def _extra(call: Call, own: settings.Transposed, rank: int) -> tuple[int | None, int | None]:
    """The output padding of height and width; None without one."""
    if own.output_padding is None:
        return None, None
    given = own.output_padding
    axes = (given,) * rank if isinstance(given, int) else given
    if len(axes) != rank or min(axes) < 0:
        _refuse(call, given)
    return (None, axes[0]) if rank == 1 else (axes[0], axes[1])


def depthwise(rank: int) -> Lower:
    def lower_depthwise(call: Call) -> str:
        own = _convolution(call, rank)
        size, channels = _all_axes(call, own.kernel_size, rank), call.shape[-1]
        outputs = channels * own.depth_multiplier
        arrays = call.weights(kernel=(*size, channels, own.depth_multiplier), bias=(outputs,))
        operation = _depthwise(call, own, arrays, outputs, rank)
        return with_activation(call, call.builder.add(call.name, operation, *call.sources))

    return lower_depthwise


def separable(rank: int) -> Lower:
    """A depthwise convolution and a 1 x 1 convolution after it."""

    def lower_separable(call: Call) -> str:
        own = _convolution(call, rank)
        size, channels = _all_axes(call, own.kernel_size, rank), call.shape[-1]
        between = channels * own.depth_multiplier
        arrays = call.weights(
            kernel=(*size, channels, own.depth_multiplier),
            pointwise=(*(1,) * rank, between, own.filters),
            bias=(own.filters,),
        )
        first = _depthwise(call, own, {"kernel": arrays["kernel"]}, between, rank)
        name = call.builder.add(f"{call.name}_depthwise", first, *call.sources)
        kernel, bias = _flat(arrays["pointwise"], rank), bias_of(arrays, own.filters)
        second = Conv(kernel, bias, (1, 1), NO_PADDING, rank, biased="bias" in arrays)
        return with_activation(call, call.builder.add(call.name, second, name))

    return lower_separable


def _depthwise(
    call: Call, own: settings.Convolution, arrays: dict[str, FloatArray], outputs: int, rank: int
) -> DepthwiseConv:
    kernel, bias = _flat(arrays["kernel"], rank), bias_of(arrays, outputs)
    stride = _stride(call, own, rank, (1, 1))
    padding = _padding(own, call.shape, _covered(call, own, kernel, rank), stride)
    rates, biased = _rates(call, own, rank), "bias" in arrays
    return DepthwiseConv(kernel, bias, stride, padding, rank, None, rates, biased)


def _rates(call: Call, own: settings.Convolution, rank: int) -> Pair:
    """The dilation."""
    return _pair(_all_axes(call, own.dilation_rate, rank))


def _covered(call: Call, own: settings.Convolution, kernel: FloatArray, rank: int) -> Pair:
    return dilated((kernel.shape[0], kernel.shape[1]), _rates(call, own, rank))


def pool(kind: PoolKind, rank: int) -> Lower:
    def lower_pool(call: Call) -> str:
        own = call.settings(settings.Pooling)
        check_channels_last(call, own)
        call.check_rank(rank)
        size = _pair(_all_axes(call, own.pool_size, rank))
        stride = _stride(call, own, rank, size)
        operation = Pool(kind, size, stride, _padding(own, call.shape, size, stride), rank)
        return call.builder.add(call.name, operation, *call.sources)

    return lower_pool


def global_pool(kind: PoolKind, rank: int) -> Lower:
    def lower_pool(call: Call) -> str:
        own = call.settings(settings.GlobalPooling)
        check_channels_last(call, own)
        call.check_rank(rank)
        name = call.builder.add(call.name, GlobalPool(kind), *call.sources)
        if not own.keepdims:
            return name
        shape = (*(1,) * rank, call.shape[-1])
        return call.builder.reshape(f"{call.name}_keepdims", name, shape)

    return lower_pool


def zero_padding_1d(call: Call) -> str:
    own = call.settings(settings.ZeroPadding1D)
    check_channels_last(call, own)
    call.check_rank(1)
    return _pad(call, (0, own.padding))


def zero_padding_2d(call: Call) -> str:
    own = call.settings(settings.ZeroPadding2D)
    check_channels_last(call, own)
    call.check_rank(2)
    axes = (own.padding, own.padding) if isinstance(own.padding, int) else own.padding
    return _pad(call, axes)


def _pad(call: Call, axes: tuple[settings.Sides, settings.Sides]) -> str:
    rows, columns = ((side, side) if isinstance(side, int) else side for side in axes)
    if min(*rows, *columns) < 0:
        _refuse(call, axes)
    return call.builder.add(call.name, Pad((rows, columns)), *call.sources)


def _flat(kernel: FloatArray, rank: int) -> FloatArray:
    """Kernels of one-dimensional layers get a height of 1."""
    return kernel[None] if rank == 1 else kernel


def _all_axes(call: Call, sizes: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """One number applies to every axis. Raises ModelFileError unless there are `rank` sizes."""
    axes = (sizes,) * rank if isinstance(sizes, int) else sizes
    if len(axes) != rank or min(axes) < 1:
        _refuse(call, sizes)
    return axes


def _pair(sizes: tuple[int, ...]) -> Pair:
    """(height, width); a single number is the width, with a height of 1."""
    return (1, sizes[0]) if len(sizes) == 1 else (sizes[0], sizes[1])


def _stride(call: Call, own: settings.Window, rank: int, otherwise: Pair) -> Pair:
    return otherwise if own.strides is None else _pair(_all_axes(call, own.strides, rank))


def _padding(own: settings.Window, shape: Shape, window: Shape, stride: Pair) -> Padding:
    """`window`: the height and width that it covers."""
    kind = own.padding.lower()
    if kind == "valid":
        return NO_PADDING
    if kind == "causal":
        return ((0, 0), (window[1] - 1, 0))
    return same_padding(shape, (window[0], window[1]), stride)


def _convolution(call: Call, rank: int) -> settings.Convolution:
    """The settings of a convolution, with their limits checked."""
    own = call.settings(settings.Convolution)
    check_channels_last(call, own)
    call.check_rank(rank)
    return own


def _refuse(call: Call, numbers: object) -> NoReturn:
    call.refuse(f"has invalid sizes: {numbers}", settings.REMEDY)
