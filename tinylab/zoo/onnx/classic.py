"""Operators of the domain ai.onnx.ml, as scikit-learn's exporter writes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tinylab.zoo.onnx import elementwise
from tinylab.zoo.onnx.dense import add_dense
from tinylab.zoo.onnx.graph import Graph, check
from tinylab.zoo.onnx.protocol import Node
from tinylab.zoo.operations import Activate, Dense, Function
from tinylab.zoo.tensor_type import FLOAT

POST_TRANSFORMS = {
    "NONE": None,
    "LOGISTIC": Function.SIGMOID,
    "SOFTMAX": Function.SOFTMAX,
}


def scaler(graph: Graph, node: Node) -> None:
    """`(x - offset) x scale`."""
    scale, offset = (
        np.array(node.attributes.get(key, (otherwise,)), np.float64)
        for key, otherwise in (("scale", 1.0), ("offset", 0.0))
    )
    value = graph.value(node)
    graph.define(node, elementwise.scaled(graph, node, value, scale, -offset * scale))


def normalizer(graph: Graph, node: Node) -> None:
    """After a softmax, whose numbers have the sum 1, it does nothing."""
    value = graph.value(node)
    made = next((one for one in graph.builder.layers if one.name == value.name), None)
    softmax = made is not None and made.operation == Activate(Function.SOFTMAX)
    check(softmax and node.text("norm", "MAX") == "L1", node, "numbers of another sum than 1")
    graph.define(node, value)


def linear(graph: Graph, node: Node) -> None:
    """LinearRegressor: a dense layer."""
    _linear(graph, node, node.integer("targets", 1))


def classifier(graph: Graph, node: Node) -> None:
    """LinearClassifier with a score for each class; its label is left out."""
    labels = node.attributes.get("classlabels_ints") or node.attributes.get("classlabels_strings")
    classes = len(labels or ())
    score = replace(node, outputs=node.outputs[1:])
    check(len(node.outputs) == 2, node, f"{len(node.outputs)} outputs")
    _linear(graph, score, classes)


def _linear(graph: Graph, node: Node, outputs: int) -> None:
    coefficients = np.array(node.attributes.get("coefficients", ()), np.float32)
    value = graph.value(node)
    inputs = value.full[-1]
    fits = value.rank == 2 and coefficients.size == inputs * outputs
    check(fits, node, f"{coefficients.size} coefficients for {inputs} inputs, {outputs} outputs")
    intercepts = np.array(node.attributes.get("intercepts", (0.0,) * outputs), np.float32)
    check(intercepts.size == outputs, node, f"{intercepts.size} intercepts")
    transform = node.text("post_transform", "NONE")
    check(transform in POST_TRANSFORMS, node, f"the post_transform {transform}")
    weights = np.ascontiguousarray(coefficients.reshape(outputs, inputs).T)
    add_dense(graph, node, value, Dense(weights, intercepts), FLOAT)
    function = POST_TRANSFORMS[transform]
    if function is not None:
        graph.same(node, graph.values[node.outputs[0]], Activate(function))
