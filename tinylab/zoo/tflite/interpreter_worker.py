"""The interpreter's process: `python -m tinylab.zoo.tflite.interpreter_worker FOLDER NAME`.

LiteRT, Google's interpreter of .tflite files, runs FOLDER/model.tflite on the inputs in
FOLDER/inputs.npz, one array of real values for each input, shape (m, elements). FOLDER/ports.json
gets what the file says of its inputs and outputs, FOLDER/outputs.npz the outputs as real values, if
the inputs fit; FOLDER/error.json an error, with NAME as the file's name. Only this process imports
the interpreter.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tinylab.zoo.processes.process_limits import limit_processor_time, limit_resources

MEMORY_LIMIT = 1024**3
"""Bytes of private memory; the interpreter itself needs some 40 MiB."""
CPU_LIMIT_S = 600
"""Of all threads; a process that has lost its parent ends then."""
PACKAGE = "ai-edge-litert"
FAILURES = (
    RuntimeError, ValueError, TypeError, KeyError, IndexError, ArithmeticError, MemoryError,
    NotImplementedError,
)  # fmt: skip
"""What the interpreter raises for files that it cannot run."""
QUANTISED = ("int8", "uint8", "int16")


def main(arguments: list[str]) -> None:
    """Write the outputs of the model, or the error."""
    limit_resources(MEMORY_LIMIT)
    limit_processor_time(CPU_LIMIT_S)
    folder, name = Path(arguments[0]), arguments[1]
    try:
        _run(folder)
    except FAILURES as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        report = {
            "message": f"{name}: the LiteRT interpreter {version(PACKAGE)} cannot run it.",
            "remedy": "Check that it is the right file, and convert or download it again.",
            "details": lines[0][:400],
        }
        (folder / "error.json").write_text(json.dumps(report), encoding="utf-8")


def _run(folder: Path) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(
        model_path=str(folder / "model.tflite"),
        num_threads=1,
        # The kernels that define the results; the fast ones differ from them by rounding.
        experimental_op_resolver_type=OpResolverType.BUILTIN_REF,
    )
    interpreter.allocate_tensors()
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    with np.load(folder / "inputs.npz", allow_pickle=False) as arrays:
        given = [arrays[f"arr_{index}"] for index in range(len(arrays.files))]
    if [array.shape[1] for array in given] == [_elements(one) for one in inputs]:
        made = [_invoke(interpreter, inputs, outputs, row) for row in zip(*given, strict=True)]
        np.savez(folder / "outputs.npz", *(np.stack(one) for one in zip(*made, strict=True)))
    ports = {
        "version": version(PACKAGE),
        "inputs": [_port(one) for one in inputs],
        "outputs": [_port(one) for one in outputs],
        "quantised": any(
            str(np.dtype(one["dtype"])) in QUANTISED for one in interpreter.get_tensor_details()
        ),
    }
    (folder / "ports.json").write_text(json.dumps(ports), encoding="utf-8")


def _invoke(
    interpreter: Any,
    inputs: Sequence[Mapping[str, Any]],
    outputs: Sequence[Mapping[str, Any]],
    row: Sequence[npt.NDArray[np.float32]],
) -> list[npt.NDArray[np.float32]]:
    for port, values in zip(inputs, row, strict=True):
        interpreter.set_tensor(port["index"], _encoded(port, values).reshape(port["shape"]))
    interpreter.invoke()
    return [_decoded(port, interpreter.get_tensor(port["index"])) for port in outputs]


def _encoded(port: Mapping[str, Any], values: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    kind = np.dtype(port["dtype"])
    if kind.kind == "f":
        return values.astype(kind)
    scale, zero = port["quantization"]
    limits = np.iinfo(kind)
    steps = np.rint(values.astype(np.float64) / (scale or 1.0)) + zero
    encoded: npt.NDArray[Any] = np.clip(steps, limits.min, limits.max).astype(kind)
    return encoded


def _decoded(port: Mapping[str, Any], raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    values = raw.reshape(-1).astype(np.float64)
    scale, zero = port["quantization"]
    return ((values - zero) * scale if scale else values).astype(np.float32)


def _elements(port: Mapping[str, Any]) -> int:
    return int(np.prod(port["shape"], dtype=np.int64))


def _port(port: Mapping[str, Any]) -> dict[str, object]:
    return {
        "elements": _elements(port),
        "kind": str(np.dtype(port["dtype"])),
        "scale": float(port["quantization"][0]),
    }


if __name__ == "__main__":
    main(sys.argv[1:])
