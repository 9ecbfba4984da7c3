"""How a network of tinylab's speaks MLPerf Tiny's protocol: its model, its bytes, its results.

The benchmark's data sets are converted by the image under test. Sources: MLCommons' repository
`tiny`, benchmark/reference_submissions (th_load_tensor and th_results of each benchmark).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tinylab import __version__
from tinylab.codegen.tensor import Tensor, offsets
from tinylab.errors import InputError
from tinylab.zoo import cost
from tinylab.zoo.network import Network, Shape, elements
from tinylab.zoo.tensor_type import Array, FloatArray, Number

FILE = "tl_mlperf.h"
PROFILE = "ULPMark for tinyML Firmware V0.0.1"
"""What runners know the protocol by (EE_FW_VERSION)."""
LONGEST_NAME = 40
LARGER_RESNET = 200_000
"""Parameters from which a network with the shapes of ic01 counts as ic02: they have 77,706 and
480,330."""


class Loads(StrEnum):
    """What the bytes of `db` are."""

    OWN = "own"
    """The input tensor's own bytes, in its type, little-endian."""
    UNSIGNED = "unsigned"
    """Pixels from 0 to 255; the image subtracts 128 from each."""
    FLOATS = "floats"
    """Real values as float32, little-endian; the image quantises them."""


@dataclass(frozen=True)
class Reference:
    """A network of the benchmark. `anomaly`: it gives its input again, with an error."""

    model: str
    input: Shape
    outputs: int
    loads: Loads
    anomaly: bool = False


REFERENCES = (
    Reference("kws01", (49, 10, 1), 12, Loads.OWN),
    Reference("vww01", (96, 96, 3), 2, Loads.UNSIGNED),
    Reference("ic01", (32, 32, 3), 10, Loads.UNSIGNED),
    Reference("ad01", (640,), 640, Loads.FLOATS, anomaly=True),
)


@dataclass(frozen=True)
class Interface:
    """What the host and the image agree on."""

    model: str
    input: Tensor
    outputs: tuple[Tensor, ...]
    loads: Loads
    anomaly: bool = False
    """The result is one number: the mean squared difference of output and input."""

    @property
    def db_bytes(self) -> int:
        """How many bytes a sample has."""
        return 4 * self.input.elements if self.loads is Loads.FLOATS else self.input.size

    def payload(self, values: FloatArray) -> bytes:
        """The bytes of one sample of real values, any shape."""
        flat = values.reshape(-1)
        if self.loads is Loads.FLOATS:
            return flat.astype("<f4").tobytes()
        own = self.input.encode(flat)
        if self.loads is Loads.UNSIGNED:
            return (np.frombuffer(own, np.uint8) ^ 0x80).tobytes()
        return own

    def taken(self, values: FloatArray) -> FloatArray:
        """The real values that the network computes with, for samples of any shape."""
        kind = self.input.type
        if self.loads is not Loads.FLOATS:
            return kind.decode(kind.encode(values))
        ratio = (values.astype(np.float32) / np.float32(kind.step)).astype(np.float64)
        steps = np.copysign(np.floor(np.abs(ratio) + 0.5), ratio) + kind.zero_point
        low, high = kind.number.range
        stored: Array = np.clip(steps, low, high).astype(kind.number.dtype)
        return kind.decode(stored)

    def results(self, outputs: FloatArray, values: FloatArray) -> FloatArray:
        """What the image prints, (n, numbers), for outputs (n, elements) and samples (n, ...)."""
        if not self.anomaly:
            return outputs
        difference = outputs.astype(np.float64) - values.reshape(len(values), -1)
        errors: FloatArray = np.square(difference).mean(axis=1, keepdims=True).astype(np.float32)
        return errors


def interface_of(network: Network, title: str) -> Interface:
    """The interface of `network`, called `title` in errors.

    Raises InputError for a network that has several inputs. States are reset before each inference.
    """
    if len(network.inputs) != 1:
        raise InputError(
            f"{title} has {len(network.inputs)} inputs; MLPerf Tiny's protocol loads one.",
            remedy="Measure it without --protocol.",
        )
    [given] = network.inputs
    taken = Tensor.of(given.shape, given.type)
    tensors = [network.tensors[name] for name in network.outputs]
    made = tuple(Tensor.of(tensor.shape, tensor.type) for tensor in tensors)
    known = _reference(given.shape, taken, made)
    if known is None:
        return Interface(_plain(network.name), taken, made, Loads.OWN)
    larger = known.model == "ic01" and cost.parameters(network) >= LARGER_RESNET
    converts = taken.type.number is Number.INT8
    return Interface(
        "ic02" if larger else known.model,
        taken,
        made,
        known.loads if converts else Loads.OWN,
        known.anomaly,
    )


def _reference(shape: Shape, taken: Tensor, made: Sequence[Tensor]) -> Reference | None:
    """The benchmark whose data the network takes; of floats only ad01's data are."""
    for one in REFERENCES:
        same = shape == one.input or (len(one.input) == 1 and elements(shape) == one.input[0])
        if same and len(made) == 1 and made[0].elements == one.outputs:
            bytes_ = taken.type.number in (Number.INT8, Number.UINT8)
            return one if bytes_ or (taken.is_float and one.anomaly) else None
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", name)[:LONGEST_NAME] or "network"


def c_header(
    interface: Interface, clock_hz: int, clock_words: Sequence[int], serial_divider: int
) -> bytes:
    """The text of `tl_mlperf.h`. `clock_words` are as the family's clock.c takes them."""
    words = ", ".join(f"{word:#010x}u" for word in clock_words)
    places = offsets(interface.outputs)
    results = [
        _result(tensor, place) for tensor, place in zip(interface.outputs, places, strict=False)
    ]
    kind = interface.input.type
    lines = [
        f"/* Written by tinylab {__version__}: MLPerf Tiny's protocol for one network. */",
        "#ifndef TL_MLPERF_H",
        "#define TL_MLPERF_H",
        "",
        "#include <stdint.h>",
        "",
        f'#define TL_MLPERF_PROFILE "{PROFILE}"',
        f'#define TL_MLPERF_MODEL "{interface.model}"',
        f"#define TL_CLOCK_HZ {clock_hz}u",
        f"#define TL_CLOCK_WORDS {{{words}}}",
        f"#define TL_SERIAL_DIVIDER {serial_divider}u",
        "",
        f"/* What db loads: {interface.loads}. */",
        f"#define TL_DB_BYTES {interface.db_bytes}u",
    ]
    if interface.loads is Loads.UNSIGNED:
        lines += ["#define TL_DB_IS_UNSIGNED 1"]
    elif interface.loads is Loads.FLOATS:
        lines += [
            "#define TL_DB_IS_FLOAT 1",
            f"#define TL_IN_SCALE {_float(kind.step)}",
            f"#define TL_IN_ZERO ({kind.zero_point})",
        ]
    if interface.anomaly:
        lines += ["#define TL_RESULT_IS_ERROR 1"]
    lines += [
        "",
        "/* An output: its place in tl_output, its elements, and their type; scale 0: floats. */",
        "typedef struct {",
        "  uint32_t offset, count, bytes, is_signed;",
        "  float scale;",
        "  int32_t zero;",
        "} tl_results_t;",
        f"#define TL_RESULTS {{{', '.join(f'{{{one}}}' for one in results)}}}",
        f"#define TL_RESULTS_1 {results[0]}",
        "",
        "#endif",
        "",
    ]
    return "\n".join(lines).encode()


def _result(tensor: Tensor, place: int) -> str:
    number = tensor.type.number
    scale = 0.0 if tensor.is_float else tensor.scale or 1.0
    signed = int(number.dtype.kind == "i")
    return (
        f"{place}u, {tensor.elements}u, {number.bytes}u, {signed}u, {_float(scale)}, "
        f"{tensor.zero_point}"
    )


def _float(value: float) -> str:
    """The float32 nearest to a value, exactly."""
    return f"{float(np.float32(value)).hex()}f"
