"""Resize, Upsample and ConvTranspose."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tinylab.zoo.execution.resizing import in_floats, nearest
from tinylab.zoo.network import Shape
from tinylab.zoo.onnx.graph import Graph, check, layer_name
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.onnx.value import Value, channels_last
from tinylab.zoo.onnx.windows import check_rank, define, pair
from tinylab.zoo.operations import Corners, Resize, TransposeConv

Places = npt.NDArray[np.float64]
BILINEAR = {"nearest": False, "linear": True, "bilinear": True}
"""Whether each mode interpolates."""
REMEDY = (
    "Resize to a whole multiple with the nearest neighbour, or bilinear with half_pixel, "
    "align_corners or asymmetric."
)


def resize(graph: Graph, node: Node) -> None:
    """Of height and width. Which form takes the same positions, is tried."""
    value = graph.value(node)
    check_rank(node, value)
    mode = node.text("mode", "nearest")
    check(mode in BILINEAR, node, f"the mode {mode!r}", REMEDY)
    for key in ("axes", "antialias", "exclude_outside"):
        check(not node.attributes.get(key), node, f"{key!r}", REMEDY)
    made, scales = _sizes(graph, node, value)
    check(made[:2] == value.full[:2], node, "another number of channels")
    places = [
        _places(node, given, size, scale)
        for given, size, scale in zip(value.full[2:], made[2:], scales[2:], strict=True)
    ]
    size = (1, made[2]) if value.rank == 3 else (made[2], made[3])
    for corners in Corners:
        operation = Resize(size, BILINEAR[mode], corners)
        if all(
            _takes(operation, given, wanted)
            for given, wanted in zip(value.full[2:], places, strict=True)
        ):
            break
    else:
        check(False, node, "other positions than those of TensorFlow", REMEDY)
        raise AssertionError
    source = graph.arranged(node, value, channels_last(value.rank)[1:])
    shape = graph.builder.shapes[source]
    if value.rank == 3:  # a signal is an image of one row
        source = graph.builder.reshape(f"{layer_name(node)}_image", source, (1, *shape))
    name = graph.builder.add(layer_name(node), operation, source)
    if value.rank == 3:
        name = graph.builder.reshape(f"{layer_name(node)}_signal", name, (size[1], shape[-1]))
    define(graph, node, name, value.rank)


def _sizes(graph: Graph, node: Node, value: Value) -> tuple[Shape, list[float]]:
    """The output's shape, and the factors along each axis."""
    if node.kind == "Resize" and node.source(3):
        made = graph.integers(node, 3)
        check(len(made) == value.rank, node, f"{len(made)} sizes")
        return made, [size / given for size, given in zip(made, value.full, strict=True)]
    index = 1 if node.kind == "Upsample" or graph.opset < 11 else 2
    stated = node.attributes.get("scales")
    scales = [float(one) for one in (stated or graph.floats(node, index).ravel())]
    check(len(scales) == value.rank, node, f"{len(scales)} scales")
    made = tuple(math.floor(n * scale) for n, scale in zip(value.full, scales, strict=True))
    return made, scales


def _places(node: Node, given: int, made: int, scale: float) -> Places:
    """The position in the input of each output: a whole number for the nearest one."""
    old = node.kind == "Upsample"
    mode = "asymmetric" if old else node.text("coordinate_transformation_mode", "half_pixel")
    outputs = np.arange(made, dtype=np.float64)
    half = (outputs + 0.5) / scale - 0.5
    forms = {
        "asymmetric": outputs / scale,
        "half_pixel": half,
        "pytorch_half_pixel": half if made > 1 else np.zeros(made),
        "align_corners": outputs * (given - 1) / max(made - 1, 1),
    }
    check(mode in forms, node, f"the coordinates {mode!r}", REMEDY)
    found = forms[mode]
    if BILINEAR[node.text("mode", "nearest")]:
        return np.clip(found, 0, given - 1)
    rounding = "floor" if old else node.text("nearest_mode", "round_prefer_floor")
    rounded = {
        "floor": np.floor(found),
        "ceil": np.ceil(found),
        "round_prefer_floor": np.ceil(found - 0.5),
        "round_prefer_ceil": np.floor(found + 0.5),
    }
    check(rounding in rounded, node, f"the rounding {rounding!r}", REMEDY)
    return np.clip(rounded[rounding], 0, given - 1)


def _takes(operation: Resize, given: int, wanted: Places) -> bool:
    """Whether the operation takes these positions of an axis."""
    if not operation.bilinear:
        return bool(np.array_equal(nearest(operation.corners, given, wanted.size), wanted))
    axis = in_floats(operation.corners, given, wanted.size)
    between = axis.first + axis.fraction * (axis.second > axis.first)
    return bool(np.allclose(between, wanted, atol=1e-4))


def conv_transpose(graph: Graph, node: Node) -> None:
    """The file's kernel is (inputs, outputs, positions...)."""
    value, weights = graph.value(node), graph.floats(node, 1)
    check_rank(node, value)
    rank = value.rank - 2
    check(weights.ndim == value.rank, node, f"a kernel of {weights.ndim} dimensions")
    check(node.integer("group", 1) == 1, node, "groups of channels")
    check(set(node.integers("dilations", (1,))) == {1}, node, "dilation")
    check("output_shape" not in node.attributes, node, "output_shape")
    kernel = weights if rank == 2 else weights[:, :, None, :]
    turned = np.ascontiguousarray(kernel.transpose(2, 3, 0, 1))
    outputs = kernel.shape[1]
    bias = graph.floats_or(node, 2, np.zeros(outputs, np.float32))
    before, size = _cut(node, value, turned.shape[:2])
    stride, biased = pair(node, "strides", rank), bool(node.source(2))
    operation = TransposeConv(turned, bias, stride, before, size, biased=biased)
    source = graph.with_channels_last(node, value)
    name = graph.builder.add(layer_name(node), operation, source)
    define(graph, node, name, value.rank)


def _cut(node: Node, value: Value, window: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
    """What is cut off before the output, and the output's height and width."""
    rank = value.rank - 2
    given = (1, value.full[2]) if rank == 1 else value.full[2:]
    strides = pair(node, "strides", rank)
    extra = node.integers("output_padding", (0,) * rank)
    more = (0, *extra) if rank == 1 else extra
    whole = [
        (n - 1) * step + side + end
        for n, step, side, end in zip(given, strides, window, more, strict=True)
    ]
    mode = node.text("auto_pad", "NOTSET") or "NOTSET"
    if mode in ("SAME_UPPER", "SAME_LOWER"):
        sizes = [n * step for n, step in zip(given, strides, strict=True)]
        cut = [max(one - size, 0) for one, size in zip(whole, sizes, strict=True)]
        begin = [one // 2 if mode == "SAME_UPPER" else one - one // 2 for one in cut]
        return (begin[0], begin[1]), (sizes[0], sizes[1])
    check(mode in ("NOTSET", "VALID"), node, f"auto_pad {mode!r}")
    pads = node.integers("pads", (0,) * 2 * rank)
    check(len(pads) == 2 * rank and min(pads) >= 0, node, f"the pads {pads}")
    begins, ends = ((0, *part) if rank == 1 else part for part in (pads[:rank], pads[rank:]))
    made = [one - first - last for one, first, last in zip(whole, begins, ends, strict=True)]
    return (begins[0], begins[1]), (made[0], made[1])
