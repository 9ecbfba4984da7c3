"""The settings of each Keras layer kind, with Keras' own defaults for omitted ones.

Only the settings that tinylab needs are declared; initializers, regularizers and others are
ignored.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from tinylab.errors import ModelFileError

# msgspec 0.23 crashes on a union of a limited int and a tuple of fixed length: `Sizes` and
# `Sides` therefore have no limits, and their users check the numbers.
REMEDY = "Load it with the version of Keras that saved it, and save it again with a current one."
Kind = TypeVar("Kind", bound=msgspec.Struct)
Size = Annotated[int, msgspec.Meta(ge=1)]
Sizes = int | tuple[int, ...]
"""One number for all axes, or one for each."""
Sides = int | tuple[int, int]
"""One number for both ends, or one for each."""
Axis = int | tuple[int, ...]
Extent = tuple[Size | None, ...]
"""A shape; variable dimensions are None."""


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """With a number type."""

    dtype: str | dict[str, Any] | None = None

    @property
    def compute_dtype(self) -> str:
        """The number type of the arithmetic, which a mixed-precision policy also names."""
        name = self.dtype
        if isinstance(name, dict):
            settings = name.get("config")
            name = settings.get("name") if isinstance(settings, dict) else None
        return str(name or "float32").removeprefix("mixed_")


class Settings(Typed, frozen=True, kw_only=True):
    """The settings of every layer."""

    activation: str | None = None


class Spatial(Settings, frozen=True, kw_only=True):
    """A layer with positions and channels."""

    data_format: str | None = None

    @property
    def channels_last(self) -> bool:
        return self.data_format in (None, "channels_last")


class Recurrent(Settings, frozen=True, kw_only=True):
    """SimpleRNN, GRU and LSTM."""

    units: Size
    activation: str | None = "tanh"
    recurrent_activation: str | None = "sigmoid"
    use_bias: bool = True
    return_sequences: bool = False
    return_state: bool = False
    go_backwards: bool = False
    stateful: bool = False
    time_major: bool = False
    reset_after: bool = True


class Bidirectional(Settings, frozen=True, kw_only=True):
    merge_mode: Literal["concat", "sum", "mul", "ave"] | None = "concat"


class Embedding(Settings, frozen=True, kw_only=True):
    input_dim: Size
    output_dim: Size
    mask_zero: bool = False


class LayerNormalization(Settings, frozen=True, kw_only=True):
    axis: Axis = -1
    epsilon: float = 1e-3
    center: bool = True
    scale: bool = True
    rms_scaling: bool = False


class PReLU(Settings, frozen=True, kw_only=True):
    shared_axes: Axis | None = None


class Concatenate(Settings, frozen=True, kw_only=True):
    axis: int = -1


class Permute(Settings, frozen=True, kw_only=True):
    dims: tuple[int, ...]


class RepeatVector(Settings, frozen=True, kw_only=True):
    n: Size


class Dense(Settings, frozen=True, kw_only=True):
    units: Size
    use_bias: bool = True


class Window(Spatial, frozen=True, kw_only=True):
    """A layer that moves a window over its input."""

    padding: Literal["valid", "same", "causal", "VALID", "SAME", "CAUSAL"] = "valid"
    strides: Sizes | None = None


class Convolution(Window, frozen=True, kw_only=True):
    """A convolution of any kind; kinds without their own filters omit `filters`."""

    kernel_size: Sizes
    filters: Size = 1
    depth_multiplier: Size = 1
    dilation_rate: Sizes = 1
    groups: Size = 1
    use_bias: bool = True


class Transposed(Convolution, frozen=True, kw_only=True):
    """A transposed convolution."""

    output_padding: int | tuple[int, ...] | None = None


class UpSampling(Spatial, frozen=True, kw_only=True):
    size: Sizes = 2
    interpolation: str = "nearest"


class Cropping1D(Spatial, frozen=True, kw_only=True):
    cropping: Sides = 1


class Cropping2D(Spatial, frozen=True, kw_only=True):
    cropping: int | tuple[Sides, Sides] = 0


class Pooling(Window, frozen=True, kw_only=True):
    pool_size: Sizes = 2


class GlobalPooling(Spatial, frozen=True, kw_only=True):
    keepdims: bool = False


class Reshape(Settings, frozen=True, kw_only=True):
    target_shape: tuple[int, ...]


class ReLU(Settings, frozen=True, kw_only=True):
    max_value: float | None = None
    negative_slope: float | None = 0.0
    threshold: float | None = 0.0


class LeakyReLU(Settings, frozen=True, kw_only=True):
    """Keras 2 calls the slope `alpha`."""

    negative_slope: float | None = None
    alpha: float | None = None

    @property
    def slope(self) -> float:
        given = (self.negative_slope, self.alpha)
        return next((one for one in given if one is not None), 0.3)


class LeakyOperation(Settings, frozen=True, kw_only=True):
    """The operation `keras.ops.leaky_relu`."""

    negative_slope: float = 0.2


class ELU(Settings, frozen=True, kw_only=True):
    alpha: float = 1.0


class Gelu(Settings, frozen=True, kw_only=True):
    """The operation `keras.ops.gelu`."""

    approximate: bool = True


class Softmax(Settings, frozen=True, kw_only=True):
    axis: Axis = -1


class Clip(Settings, frozen=True, kw_only=True):
    """The operation `keras.ops.clip`."""

    x_min: float
    x_max: float


class TFOpLambda(Settings, frozen=True, kw_only=True):
    """An operation on a tensor in Keras 2: a function of TensorFlow, such as `math.multiply`."""

    function: str


class Rescaling(Settings, frozen=True, kw_only=True):
    scale: Any
    offset: Any = 0.0


class Normalization(Settings, frozen=True, kw_only=True):
    """Mean and variance are weights unless they are given."""

    axis: Axis | None = -1
    mean: Any = None
    variance: Any = None
    invert: bool = False


class BatchNormalization(Settings, frozen=True, kw_only=True):
    axis: Axis = -1
    epsilon: float = 1e-3
    scale: bool = True
    center: bool = True
    renorm: bool = False


class ZeroPadding1D(Spatial, frozen=True, kw_only=True):
    padding: Sides = 1


class ZeroPadding2D(Spatial, frozen=True, kw_only=True):
    padding: int | tuple[Sides, Sides] = 1


class Input(Typed, frozen=True, kw_only=True):
    """An InputLayer, or the first layer of a Sequential model. Keras 2 says `batch_input_shape`."""

    batch_shape: Extent | None = None
    batch_input_shape: Extent | None = None
    shape: Extent | None = None
    input_shape: Extent | None = None

    @property
    def extent(self) -> Extent | None:
        """The shape without the batch; None if it is not specified."""
        with_batch = self.batch_shape or self.batch_input_shape
        return with_batch[1:] if with_batch else self.shape or self.input_shape


def decode(kind: type[Kind], values: object, whose: str) -> Kind:
    """Decode `values` as a `kind`. Raises ModelFileError, which names `whose`."""
    try:
        return msgspec.convert(_with_truths(values, kind), kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise ModelFileError(
            f"has a configuration that cannot be used: {whose}.", remedy=REMEDY, details=str(error)
        ) from error


def _with_truths(values: object, kind: type[msgspec.Struct]) -> object:
    """Keras takes 0 and 1 for a truth value, and saves them as they are."""
    if not isinstance(values, dict):
        return values
    flags = [one.name for one in msgspec.structs.fields(kind) if one.type is bool]
    numbers = [name for name in flags if type(values.get(name)) is int and values[name] in (0, 1)]
    return values | {name: bool(values[name]) for name in numbers}
