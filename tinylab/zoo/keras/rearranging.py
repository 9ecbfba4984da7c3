"""The Keras layers that move, repeat, look up or normalise elements."""

from __future__ import annotations

import numpy as np

from tinylab.zoo.keras import layer_settings as settings
from tinylab.zoo.keras.call_arguments import Call, Lower, check_channels_last
from tinylab.zoo.keras.weights import names
from tinylab.zoo.network import Shape, elements
from tinylab.zoo.operations import (
    Activate,
    Arithmetic,
    ArithmeticKind,
    Concat,
    Corners,
    Embedding,
    Function,
    LayerNorm,
    Resize,
    Slice,
    Transpose,
)
from tinylab.zoo.shapes import MAX_DIMENSIONS

TOP_LEFT = Corners.TOP_LEFT


def concatenate(call: Call) -> str:
    axis = call.settings(settings.Concatenate).axis
    rank = len(call.shape)
    place = axis % (rank + 1) - 1 if -rank - 1 <= axis <= rank else -1
    if place < 0:
        call.refuse(f"joins along axis {axis}", "Join along another axis than the batch.")
    if len(call.sources) == 1:
        return call.sources[0]
    return call.builder.add(call.name, Concat(place), *call.sources)


def permute(call: Call) -> str:
    dims = call.settings(settings.Permute).dims
    return call.builder.add(call.name, Transpose(tuple(one - 1 for one in dims)), *call.sources)


def repeat_vector(call: Call) -> str:
    count = call.settings(settings.RepeatVector).n
    call.check_rank(0)
    return _resized(call, (1, count), (1, 1, *call.shape), Resize((1, count), False, TOP_LEFT))


def up_sampling(rank: int) -> Lower:
    def lower_up_sampling(call: Call) -> str:
        own = call.settings(settings.UpSampling)
        check_channels_last(call, own)
        call.check_rank(rank)
        factors = (own.size,) * rank if isinstance(own.size, int) else own.size
        if own.interpolation not in ("nearest", "bilinear") or len(factors) != rank:
            call.refuse(
                f"resizes by {factors} with {own.interpolation} interpolation",
                "The interpolations nearest and bilinear are supported.",
            )
        places = (1, *call.shape[:-1])[-2:]
        made = [n * k for n, k in zip(places, (1, *factors)[-2:], strict=True)]
        bilinear, size = own.interpolation == "bilinear", (made[0], made[1])
        operation = Resize(size, bilinear, Corners.CENTRED if bilinear else TOP_LEFT)
        return _resized(call, size, (*places, call.shape[-1]), operation)

    return lower_up_sampling


def _resized(call: Call, size: tuple[int, int], given: Shape, operation: Resize) -> str:
    """The input as an image of the shape `given`, and rows as such again."""
    if len(call.shape) == MAX_DIMENSIONS:
        return call.builder.add(call.name, operation, *call.sources)
    source = call.builder.reshape(f"{call.name}_image", call.sources[0], given)
    larger = call.builder.add(call.name, operation, source)
    return call.builder.reshape(f"{call.name}_rows", larger, (size[1], given[-1]))


def cropping_1d(call: Call) -> str:
    own = call.settings(settings.Cropping1D)
    check_channels_last(call, own)
    call.check_rank(1)
    return _cropped(call, [own.cropping])


def cropping_2d(call: Call) -> str:
    own = call.settings(settings.Cropping2D)
    check_channels_last(call, own)
    call.check_rank(2)
    both = (own.cropping, own.cropping) if isinstance(own.cropping, int) else own.cropping
    return _cropped(call, list(both))


def _cropped(call: Call, axes: list[settings.Sides]) -> str:
    sides = [(one, one) if isinstance(one, int) else one for one in axes]
    size = tuple(
        length - before - after for length, (before, after) in zip(call.shape, sides, strict=False)
    )
    if min(size) < 1 or any(min(pair) < 0 for pair in sides):
        call.refuse(f"crops {call.shape} by {axes}", "Crop less than the input has.")
    begin = (*(before for before, _ in sides), 0)
    made = (*size, call.shape[-1])
    return call.builder.add(call.name, Slice(begin, made, (1,) * len(made)), *call.sources)


def embedding(call: Call) -> str:
    own = call.settings(settings.Embedding)
    if own.mask_zero:
        call.refuse("masks zeros", "Build the model with mask_zero=False.")
    arrays = call.weights(embeddings=(own.input_dim, own.output_dim))
    return call.builder.add(call.name, Embedding(arrays["embeddings"]), *call.sources)


def layer_normalization(call: Call) -> str:
    """Over the last axes."""
    own = call.settings(settings.LayerNormalization)
    rank = len(call.shape) + 1
    axes = (own.axis,) if isinstance(own.axis, int) else own.axis
    places = sorted(axis % rank for axis in axes if -rank <= axis < rank)
    if places != list(range(rank - len(axes), rank)) or not places or places[0] == 0:
        call.refuse(f"normalises the axes {axes}", "Layers that normalise the last are supported.")
    if own.rms_scaling:
        call.refuse("scales by the root mean square", "Build the model without rms_scaling.")
    shape = call.shape[places[0] - 1 :]
    arrays = call.weights(**dict.fromkeys(names(call.layer), shape))
    scale = arrays.get("gamma", np.ones(shape, np.float32)).ravel()
    offset = arrays.get("beta", np.zeros(shape, np.float32)).ravel()
    return call.builder.add(call.name, LayerNorm(scale, offset, own.epsilon), *call.sources)


def prelu(call: Call) -> str:
    shared = call.settings(settings.PReLU).shared_axes
    axes = (shared,) if isinstance(shared, int) else shared or ()
    shape = tuple(1 if axis in axes else n for axis, n in enumerate(call.shape, 1))
    slopes = call.weights(alpha=shape)["alpha"]
    constant = call.builder.constant(f"{call.name}_alpha", slopes)
    return call.builder.add(call.name, Arithmetic(ArithmeticKind.PRELU), *call.sources, constant)


def log_softmax(call: Call) -> str:
    return _of_rows(call, Function.LOG_SOFTMAX)


def softmax(call: Call) -> str:
    return _of_rows(call, Function.SOFTMAX)


def _of_rows(call: Call, function: Function) -> str:
    """Over another axis than the last, the elements are moved before and after."""
    axis = call.settings(settings.Softmax).axis
    rank = len(call.shape)
    axes = (axis,) if isinstance(axis, int) else axis
    places = sorted({one % (rank + 1) - 1 for one in axes if -rank - 1 <= one <= rank})
    if not places or len(places) != len(axes) or places[0] < 0:
        call.refuse(f"computes the softmax over axis {axis}", "Use other axes than the batch.")
    others = [one for one in range(rank) if one not in places]
    order, operation = (*others, *places), Activate(function)
    if order == tuple(range(rank)) and len(places) == 1:
        return call.builder.add(call.name, operation, *call.sources)
    moved = call.builder.add(f"{call.name}_moved", Transpose(order), *call.sources)
    shape = call.builder.shapes[moved]
    kept = shape[: len(others)]
    row = elements(shape[len(others) :])
    flat = call.builder.reshape(f"{call.name}_rows", moved, (*kept, row))
    made = call.builder.add(f"{call.name}_softmax", operation, flat)
    back = call.builder.reshape(f"{call.name}_parts", made, shape)
    inverse = tuple(int(one) for one in np.argsort(order))
    return call.builder.add(call.name, Transpose(inverse), back)
