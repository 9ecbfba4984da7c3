"""ONNX files give onnxruntime's outputs, or are refused with a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.onnx import operators
from tests.fakes.onnx.files import compare


@pytest.mark.parametrize("name", operators.MODELS)
def test_outputs_are_those_of_onnxruntime(name: str, tmp_path: Path) -> None:
    compare(operators.MODELS[name](), tmp_path)
