"""A new kind of layer fails here, place by place, until all are filled in: docs/add_layer.md."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.fakes import networks
from tests.fakes.layers import arithmetic, traces
from tinylab.codegen.layers import choice
from tinylab.codegen.layers.kernel import Kernel
from tinylab.zoo import cost, shapes
from tinylab.zoo import operations as ops
from tinylab.zoo.execution import reference
from tinylab.zoo.processes import stored

ZOO = Path(ops.__file__).parents[1]
KERAS = (
    *("keras/layers.py", "keras/windows.py", "keras/elementwise.py", "keras/recurrent.py"),
    *("keras/rearranging.py", "affine.py", "builder.py"),
)
TFLITE = (
    *("tflite/operators.py", "tflite/shaping.py", "tflite/arithmetic.py", "tflite/moving.py"),
    *("tflite/reducing.py", "tflite/repeating.py", "tflite/recurrent.py", "tflite/graph.py"),
    "affine.py",
    "rearranging.py",
)
ONNX = (
    *(f"onnx/{file.name}" for file in (ZOO / "onnx").glob("*.py")),
    "affine.py",
    "rearranging.py",
)
NOT_READ = {
    ("Reshape", KERAS): "made by `Builder.reshape`",
    ("Reshape", TFLITE): "made by `Builder.reshape`",
    ("Reshape", ONNX): "made by `Builder.reshape`",
    ("Dropout", TFLITE): "the converter removes it",
    ("Convert", KERAS): "all tensors are floats",
    ("ArgMax", KERAS): "no layer of Keras does this",
    ("ArgMax", ONNX): "not read yet",
    ("Repeat", KERAS): "made by Resize",
    ("LayerNorm", TFLITE): "the converter writes its arithmetic",
    ("IntegerLSTM", KERAS): "all tensors are floats",
    ("IntegerLSTM", ONNX): "ONNX has no form of it on integers",
    ("SVDF", KERAS): "Keras has no such layer",
    ("SVDF", ONNX): "ONNX has no such operator",
    ("GRU", TFLITE): "the converter writes loops or its arithmetic",
}
"""Kinds that a format's reader does not make itself, and why."""
KINDS = get_args(ops.Operation)
OF_INPUTS_SHAPE = {
    *("Activate", "Clip", "BatchNorm", "Convert", "Dropout", "LayerNorm", "Reshape"),
}
"""Kinds whose output has the shape of the input, or one that the layer states."""
EXACT = {"Convert", "Dropout", "Reshape"}
"""Kinds that do not change the numbers."""
FROM_FILES = {"ArgMax", "Convert", "IntegerLSTM", "SVDF"}
"""Kinds that the generator's tests take from files of tests/fakes/tflite."""
ELEMENT_BY_ELEMENT = {
    *("AddKernel", "ClampKernel", "ConvertKernel", "CurveKernel", "LookupKernel"),
    *("PairKernel", "QuantisedAddKernel", "QuantisedPairKernel"),
    *("QuantisedClampKernel", "LineKernel", "SigmoidKernel", "SlopesKernel"),
}
"""Kernels that `traces` takes as such without naming them."""


def made_in(*files: str) -> set[str]:
    """Names that are called in these files."""
    found = set()
    for file in files:
        for node in ast.walk(ast.parse((ZOO / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                name = node.func
                found.add(name.id if isinstance(name, ast.Name) else name.attr)
    return found


def named_in(module: Any) -> set[str]:
    """Names that a module's `match` statements and tables use."""
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }


WITHOUT_ORDER = {"IntegerLSTMKernel", "SVDFKernel", "QuantisedSVDFKernel"}
"""Kernels whose inputs and outputs never overlap."""


EXECUTED = {
    *("AddHalvesKernel", "PatchConvKernel", "DepthwiseLinesKernel", "AveragePoolKernel"),
    *(
        "TabledAddKernel",
        "TiledConvKernel",
        "TiledDenseKernel",
        "TiledDepthwiseKernel",
        "MeanKernel",
        "EightsConvKernel",
    ),
}
"""Kernels whose loops are in no trace: tests/virtual/build/test_kernel_accesses.py measures the
order of all kernels' accesses on emulated cores."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", [KERAS, TFLITE, ONNX], ids=["Keras", "tflite", "ONNX"])
def test_each_reader_makes_the_kind(kind: type, reader: tuple[str, ...]) -> None:
    if (kind.__name__, reader) not in NOT_READ:
        assert kind.__name__ in made_in(*reader), f"read it in one of {', '.join(reader)}"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", [cost, reference, choice], ids=lambda module: module.__name__)
def test_each_module_knows_the_kind(kind: type, module: Any) -> None:
    assert kind.__name__ in named_in(module), f"add it to {module.__name__}"


@pytest.mark.parametrize("kind", KINDS)
def test_its_output_shape_is_known(kind: type) -> None:
    known = kind.__name__ in named_in(shapes) or kind.__name__ in OF_INPUTS_SHAPE
    assert known, f"add it to {shapes.__name__}"


def test_all_kinds_are_stored() -> None:
    assert set(stored.OPERATIONS.values()) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_generators_tests_know_the_kind(kind: type) -> None:
    if kind.__name__ in FROM_FILES:
        return
    defined = kind.__name__ in named_in(arithmetic) or kind.__name__ in EXACT
    assert defined, "define it in tests/fakes/layers/arithmetic.py"
    assert kind.__name__ in named_in(networks), "make it in `Recipe` of tests/fakes/networks.py"


@pytest.mark.parametrize(
    "kernel", sorted(traces.kernels_under(Kernel), key=str), ids=lambda kernel: kernel.__name__
)
def test_the_order_of_each_kernels_accesses_is_written_down_twice(kernel: type) -> None:
    if kernel.__name__ in WITHOUT_ORDER | EXECUTED:
        return
    written = kernel.__name__ in named_in(traces) or kernel.__name__ in ELEMENT_BY_ELEMENT
    assert written, "write its loops down in tests/fakes/layers/traces.py"
