"""What to do about operators that are not supported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from tinylab.errors import ModelFileError
from tinylab.zoo.builder import REMEDY_LAYERS
from tinylab.zoo.tflite.tensors import Operator, Tensors

COMPILED = (
    "The file was compiled for {what}. Give the .tflite file from which {tool} made it: that one "
    "has TensorFlow Lite's own operators."
)
FLEX = (
    "It is an operator of TensorFlow, which runtimes of microcontrollers lack. Convert the model "
    "with TFLITE_BUILTINS alone; recurrent layers need fixed sizes, a batch of 1, or unroll=True."
)
DETECTIONS = "Convert the model without it: it sorts the detections that the network outputs."
LOOPS = (
    "The converter writes recurrent layers as loops. Give the .keras or .h5 file that it was "
    "converted from, which is read as it is; or convert the model again without control flow: "
    "recurrent layers with unroll=True."
)
CUSTOM: Mapping[str, str] = {
    "ethos-u": COMPILED.format(what="an accelerator of the kind Ethos-U", tool="Vela"),
    "edgetpu-custom-op": COMPILED.format(what="an Edge TPU", tool="edgetpu_compiler"),
    "XC_": COMPILED.format(what="a processor of XMOS", tool="xmos-ai-tools"),
    "NeutronGraph": COMPILED.format(what="an accelerator of the kind eIQ Neutron", tool="its tool"),
    "Flex": FLEX,
    "TFLite_Detection_PostProcess": DETECTIONS,
}
"""By how the name of a custom operator begins."""
REMEDIES: Mapping[str, str] = {"WHILE": LOOPS, "IF": LOOPS}


def refuse(graph: Tensors, operator: Operator) -> NoReturn:
    """Raises ModelFileError for an operator that is not in the tables."""
    raise ModelFileError(
        f"has the operator {graph.shown_operator(operator)}, which is not supported.",
        remedy=_remedy(operator.kind),
    )


def is_telling(operator: Operator) -> bool:
    """Whether the refusal says more than that the operator is not supported."""
    return _remedy(operator.kind) != REMEDY_LAYERS


def _remedy(kind: str) -> str:
    name = kind.removeprefix("CUSTOM ").strip("'\"")
    if name != kind:
        return next((CUSTOM[one] for one in CUSTOM if name.startswith(one)), REMEDY_LAYERS)
    return REMEDIES.get(kind, REMEDY_LAYERS)
