"""What to do about operators that are not supported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from tinylab.errors import ModelFileError
from tinylab.zoo.onnx.protocol import Node

REMEDY = (
    "Build the model from the operators in docs/layers.md, or let ST's tool generate the code: "
    "--runtime cubeai, or --cubeai-dir with the code that it made."
)
TREES = (
    "A tree ensemble is no neural network. Generate C code for it with another tool, and measure "
    "that: tinylab firmware FILE. Or train a network, such as scikit-learn's MLPClassifier."
)
VECTORS = (
    "A support vector machine is no neural network. Generate C code for it with another tool, and "
    "measure that: tinylab firmware FILE. Or train a network, such as scikit-learn's MLPClassifier."
)
DYNAMIC = (
    "Quantise the model with fixed scales, which integers on a microcontroller need: "
    "onnxruntime's quantize_static, not quantize_dynamic. The float model is supported as well."
)
LOOPS = "Export the model without control flow: with fixed shapes, and loops unrolled."
NORMALISATION = "BatchNormalization is supported: its factors are constants."
REMEDIES: Mapping[str, str] = {
    "TreeEnsemble": TREES,
    "TreeEnsembleClassifier": TREES,
    "TreeEnsembleRegressor": TREES,
    "SVMClassifier": VECTORS,
    "SVMRegressor": VECTORS,
    "DynamicQuantizeLinear": DYNAMIC,
    "DynamicQuantizeMatMul": DYNAMIC,
    "DynamicQuantizeLSTM": DYNAMIC,
    "MatMulInteger": DYNAMIC,
    "ConvInteger": DYNAMIC,
    "MatMulIntegerToFloat": DYNAMIC,
    "LogSoftmax": "Export the network without it, or with Softmax: the class is the same.",
    "Erf": "Export the model with opset 20 or newer, which writes GELU as one operator.",
    "If": LOOPS,
    "Loop": LOOPS,
    "Scan": LOOPS,
    "InstanceNormalization": NORMALISATION,
    "GroupNormalization": NORMALISATION,
}


def refuse(node: Node) -> NoReturn:
    """Raises ModelFileError for an operator that is not in the table."""
    domain = f" of the domain {node.domain!r}" if node.domain else ""
    raise ModelFileError(
        f"has the operator {node.shown}{domain}, which is not supported.",
        remedy=REMEDIES.get(node.kind, REMEDY),
    )
