"""Operators of .tflite files that are not supported are refused with what to do instead."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.fakes.tflite.files import Op, Tensor, model, network_of
from tinylab.errors import ModelFileError


def refused(folder: Path, kinds: Sequence[str]) -> ModelFileError:
    """The error for a chain of operators."""
    tensors = [Tensor((1, 6)) for _ in range(len(kinds) + 1)]
    ops = [Op(kind, [place], [place + 1]) for place, kind in enumerate(kinds)]
    with pytest.raises(ModelFileError) as raised:
        network_of(model(tensors, ops, [0], [len(kinds)]), folder)
    return raised.value


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        ("CUSTOM ethos-u", "from which Vela made it"),
        ("CUSTOM edgetpu-custom-op", "from which edgetpu_compiler made it"),
        ("CUSTOM XC_conv2d_v2", "a processor of XMOS"),
        ("CUSTOM FlexTensorListReserve", "TFLITE_BUILTINS alone"),
        ("CUSTOM TFLite_Detection_PostProcess", "sorts the detections"),
        ("CUSTOM MyOwn", "--cubeai-dir"),
        ("WHILE", "unroll=True"),
        ("FLOOR_MOD", "--cubeai-dir"),
    ],
)
def test_the_remedy_fits_the_operator(tmp_path: Path, kind: str, remedy: str) -> None:
    error = refused(tmp_path, [kind])
    shown = f"CUSTOM {kind[7:]!r}" if kind.startswith("CUSTOM") else kind
    assert f"has the operator {shown} 'tensor_1', which is not supported" in error.message
    assert remedy in (error.remedy or "")


def test_the_operator_that_tells_most_is_named(tmp_path: Path) -> None:
    """A recurrent layer in a loop begins with other operators that are not supported."""
    tensors = [Tensor((1, 6)), Tensor((1, 6)), Tensor((), "int32"), Tensor((1, 6))]
    ops = [Op("FLOOR_MOD", [0], [1]), Op("WHILE", [1], [2, 3])]
    with pytest.raises(ModelFileError, match="operator WHILE 'tensor_2'"):
        network_of(model(tensors, ops, [0], [3]), tmp_path)
