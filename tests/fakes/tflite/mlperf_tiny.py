"""Stand-ins for MLPerf Tiny's networks: the same layers, shapes and types, with random weights.

The layers are those of the reference files in MLCommons' repository `tiny`, benchmark/training.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.tflite.files import Op, Tensor, model
from tests.fakes.tflite.int8 import fused

WEIGHT_SCALE = 0.01
SPREAD = 45.0
"""Steps that the standard deviation of a layer's outputs takes."""
UNIFORM = 73.0
"""The standard deviation of numbers from -127 to 127, all alike."""


class Chain:
    """Adds layers, each to the output of the one before. Shapes are without the batch.

    `idle`: the share of a layer's outputs that have no weights.
    """

    def __init__(
        self, shape: tuple[int, ...], scale: float, zero: int, seed: int, idle: float = 0.0
    ) -> None:
        self._random = np.random.default_rng(seed)
        self._idle = idle
        self._tensors = [Tensor((1, *shape), "int8", [scale], [zero])]
        self._ops: list[Op] = []
        self.last = 0

    def file(self) -> bytes:
        return model(self._tensors, self._ops, [0], [self.last])

    def shape(self, index: int | None = None) -> tuple[int, ...]:
        return tuple(self._tensors[self.last if index is None else index].shape[1:])

    def _constant(self, tensor: Tensor) -> int:
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def _add(self, kind: str, inputs: list[int], output: Tensor, options: Any) -> None:
        made = self._constant(output)
        self._ops.append(Op(kind, inputs, [made], options))
        self.last = made

    def _weighted(
        self,
        kind: str,
        shape: tuple[int, ...],
        made: tuple[int, ...],
        options: Any,
        *,
        axis: int,
        terms: int,
        relu: bool,
        channels: int = 0,
        spread: float = 0.0,
    ) -> None:
        """`terms` are added for each output; scales are for each of `channels`, or one. `spread`
        is the standard deviation of the outputs; 0: any."""
        given = self._tensors[self.last]
        wide = given.scales[0] * SPREAD * UNIFORM * math.sqrt(terms)
        scales = [spread / wide if spread else WEIGHT_SCALE] * max(channels, 1)
        if channels:
            scales = (WEIGHT_SCALE * self._random.uniform(0.5, 1.5, channels)).tolist()
        weights = self._random.integers(-127, 128, shape).astype(np.int8)
        if self._idle:
            places = np.flatnonzero(self._random.random(made[-1]) < self._idle)
            np.moveaxis(weights, axis, 0)[places] = 0
        bias = self._random.integers(-2000, 2000, made[-1]).astype(np.int32)
        of_bias = [given.scales[0] * one for one in scales]
        step = (spread or wide * WEIGHT_SCALE) / SPREAD
        zero = -128 if relu else int(self._random.integers(-20, 20))
        sources = [
            self.last,
            self._constant(Tensor.constant(weights, scales=scales, axis=axis)),
            self._constant(Tensor.constant(bias, scales=of_bias)),
        ]
        options.fusedActivationFunction = fused("RELU" if relu else "NONE")
        self._add(kind, sources, Tensor((1, *made), "int8", [step], [zero]), options)

    def dense(self, outputs: int, *, relu: bool = False, spread: float = 0.0) -> Chain:
        [inputs] = self.shape()
        shape, options = (outputs, inputs), schema.FullyConnectedOptionsT()
        self._weighted(
            "FULLY_CONNECTED",
            shape,
            (outputs,),
            options,
            axis=0,
            terms=inputs,
            relu=relu,
            spread=spread,
        )
        return self

    def conv(
        self,
        outputs: int,
        size: tuple[int, int] = (3, 3),
        stride: tuple[int, int] = (1, 1),
        *,
        relu: bool = True,
    ) -> Chain:
        inputs = self.shape()[2]
        options = _windowed(schema.Conv2DOptionsT(), stride, "SAME")
        made = (*self._places(size, stride, "SAME"), outputs)
        kernel, terms = (outputs, *size, inputs), math.prod(size) * inputs
        self._weighted(
            "CONV_2D", kernel, made, options, axis=0, terms=terms, relu=relu, channels=outputs
        )
        return self

    def depthwise(
        self,
        size: tuple[int, int] = (3, 3),
        stride: int = 1,
        padding: str = "SAME",
        *,
        relu: bool = True,
    ) -> Chain:
        channels = self.shape()[2]
        options = _windowed(schema.DepthwiseConv2DOptionsT(), (stride, stride), padding)
        options.depthMultiplier = 1
        made = (*self._places(size, (stride, stride), padding), channels)
        self._weighted(
            "DEPTHWISE_CONV_2D",
            (1, *size, channels),
            made,
            options,
            axis=3,
            terms=math.prod(size),
            relu=relu,
            channels=channels,
        )
        return self

    def _places(
        self, size: tuple[int, int], stride: tuple[int, int], padding: str
    ) -> tuple[int, int]:
        lost = (1, 1) if padding == "SAME" else size
        height, width = (
            (length - one) // step + 1
            for length, one, step in zip(self.shape()[:2], lost, stride, strict=True)
        )
        return height, width

    def added_to(self, other: int) -> Chain:
        scale = max(self._tensors[one].scales[0] for one in (self.last, other))
        options = schema.AddOptionsT()
        options.fusedActivationFunction = fused("RELU")
        self._add(
            "ADD", [other, self.last], Tensor((1, *self.shape()), "int8", [scale], [-128]), options
        )
        return self

    def averaged(self) -> Chain:
        """Over all positions, then without them."""
        given, (height, width, channels) = self._tensors[self.last], self.shape()
        options = _windowed(schema.Pool2DOptionsT(), (height, width), "VALID")
        options.filterHeight, options.filterWidth = height, width
        kind = ([*given.scales], [*given.zero_points])
        self._add(
            "AVERAGE_POOL_2D", [self.last], Tensor((1, 1, 1, channels), "int8", *kind), options
        )
        return self.flat()

    def flat(self) -> Chain:
        given = self._tensors[self.last]
        shape = (1, math.prod(self.shape()))
        target = self._constant(Tensor.constant(np.array(shape, np.int32)))
        kind = ([*given.scales], [*given.zero_points])
        options = schema.ReshapeOptionsT()
        options.newShape = list(shape)
        self._add("RESHAPE", [self.last, target], Tensor(shape, "int8", *kind), options)
        return self

    def classes(self, count: int) -> Chain:
        """A dense layer, and the probabilities of the classes."""
        self.dense(count, spread=1.5)
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        output = Tensor((1, *self.shape()), "int8", [1 / 256], [-128])
        self._add("SOFTMAX", [self.last], output, options)
        return self


def _windowed(options: Any, stride: tuple[int, int], padding: str) -> Any:
    options.strideH, options.strideW = stride
    options.padding = getattr(schema.Padding, padding)
    options.fusedActivationFunction = fused("NONE")
    if hasattr(options, "dilationHFactor"):
        options.dilationHFactor = options.dilationWFactor = 1
    return options


def anomaly_detection(seed: int = 1) -> bytes:
    """ad01: an autoencoder of 640 values."""
    chain = Chain((640,), 0.39, 89, seed)
    for units in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        chain.dense(units, relu=True)
    return chain.dense(640, spread=40.0).file()


def keyword_spotting(seed: int = 2) -> bytes:
    """kws01: a DS-CNN."""
    chain = Chain((49, 10, 1), 0.58, 83, seed).conv(64, (10, 4), (2, 2))
    for _ in range(4):
        chain.depthwise().conv(64, (1, 1))
    return chain.averaged().classes(12).file()


def _resnet(channels: tuple[int, int, int], seed: int) -> bytes:
    first, *others = channels
    chain = Chain((32, 32, 3), 1.0, -128, seed).conv(first)
    given = chain.last
    chain.conv(first).conv(first, relu=False).added_to(given)
    for outputs in others:
        given = chain.last
        chain.conv(outputs, stride=(2, 2)).conv(outputs, relu=False)
        straight, chain.last = chain.last, given
        chain.conv(outputs, (1, 1), (2, 2), relu=False).added_to(straight)
    return chain.averaged().classes(10).file()


def image_classification(seed: int = 3) -> bytes:
    """ic01: a ResNet of 8 layers."""
    return _resnet((16, 32, 64), seed)


def larger_image_classification(seed: int = 4) -> bytes:
    """The larger ResNet."""
    return _resnet((40, 80, 160), seed)


def visual_wake_words(seed: int = 5) -> bytes:
    """vww01: a MobileNet V1 of a quarter of the width."""
    chain = Chain((96, 96, 3), 1 / 255, -128, seed).conv(8, stride=(2, 2))
    blocks = [(16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2)]
    for outputs, stride in [*blocks, *[(128, 1)] * 5, (256, 2), (256, 1)]:
        chain.depthwise(stride=stride).conv(outputs, (1, 1))
    return chain.averaged().classes(2).file()


def streaming_wake_word(seed: int = 6) -> bytes:
    """The streaming wake word."""
    chain = Chain((30, 1, 40), 0.0037, -128, seed)
    for length, outputs in ((3, 128), (5, 128), (10, 128), (15, 32)):
        chain.depthwise((length, 1), padding="VALID", relu=False).conv(outputs, (1, 1))
    return chain.flat().classes(3).file()


def pooled(
    shape: tuple[int, int, int], classes: int, scale: float = 1.0, zero: int = -128
) -> bytes:
    """A small network that takes and gives what a larger one does."""
    return Chain(shape, scale, zero, seed=7).averaged().classes(classes).file()


def narrow_autoencoder(seed: int = 8) -> bytes:
    """As ad01, with one layer in the middle."""
    chain = Chain((640,), 0.39, 89, seed)
    return chain.dense(8, relu=True).dense(640, spread=40.0).file()


NETWORKS: Mapping[str, Callable[[], bytes]] = {
    "ad01": anomaly_detection,
    "kws01": keyword_spotting,
    "ic01": image_classification,
    "ic02": larger_image_classification,
    "vww01": visual_wake_words,
    "sww01": streaming_wake_word,
}
