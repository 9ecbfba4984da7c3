"""The common part of the training scripts: seeds, conversion to .tflite, golden vectors, card.

A training script fills a `Trained` record and calls `publish`, which writes every file of the
model's folder and measures every figure on the card, on held-out data, with the written files.
"""

from __future__ import annotations

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tinylab.zoo import cost
from tinylab.zoo.catalog import score
from tinylab.zoo.load import load

FloatArray = npt.NDArray[np.float32]

SEED = 20240607
GOLDEN = 200
"""Held-out samples in golden.npz."""
CALIBRATION = 500
"""Training samples that determine the ranges of the integer network."""


@dataclass(frozen=True)
class Held:
    """Samples not used for training: inputs (N, *shape) and targets (N,)."""

    inputs: FloatArray
    targets: npt.NDArray[np.generic]


@dataclass(frozen=True)
class Trained:
    """A trained network and the contents of its card."""

    folder: Path
    model: keras.Model
    calibration: FloatArray
    """Training inputs, which determine the integer network's ranges."""
    held_out: Held
    metric: str
    """`accuracy` or `r2`."""
    card: dict[str, object]
    """Texts of the card: title, predicts, input, output, data, licences, split, retrain."""
    input_scale: float | None = None
    """Set if inputs are bytes times this factor: the golden inputs are then stored as bytes."""
    measured: dict[str, float] = field(default_factory=dict)
    """Further measured values for the card."""


def seed_everything() -> None:
    """Set one seed for Python, NumPy and TensorFlow, and select deterministic operations."""
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()


def publish(trained: Trained) -> None:
    """Write model.keras, both .tflite files, golden.npz and card.toml, with measured figures."""
    folder = trained.folder
    name = folder.name
    _without_optimizer(trained.model).save(folder / "model.keras")
    (folder / "model.tflite").write_bytes(_float_tflite(trained.model))
    (folder / "model_int8.tflite").write_bytes(_int8_tflite(trained.model, trained.calibration))
    _write_golden(trained)
    held = trained.held_out
    outputs = {
        "float": trained.model.predict(held.inputs, batch_size=500, verbose=0),
        "tflite": run_tflite(folder / "model.tflite", held.inputs),
        "int8": run_tflite(folder / "model_int8.tflite", held.inputs),
    }
    values = {key: score(trained.metric, value, held.targets) for key, value in outputs.items()}
    values |= trained.measured
    (folder / "card.toml").write_text(_card(trained, name, values), encoding="utf-8")
    for key, value in values.items():
        print(f"{name}: {trained.metric} {key} {value:.4f}")


def _without_optimizer(model: keras.Model) -> keras.Model:
    """The same network, not compiled: an optimizer's state is three times the weights."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy


def run_tflite(path: Path, inputs: FloatArray) -> FloatArray:
    """Outputs of a .tflite file in real units, one sample at a time."""
    interpreter = tf.lite.Interpreter(model_path=str(path))
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]
    result = interpreter.get_output_details()[0]
    outputs = []
    for sample in inputs:
        interpreter.set_tensor(source["index"], _to_tensor(sample[None], source))
        interpreter.invoke()
        outputs.append(_from_tensor(interpreter.get_tensor(result["index"])[0], result))
    return np.stack(outputs).astype(np.float32)


def _to_tensor(values: FloatArray, tensor: dict[str, object]) -> npt.NDArray[np.generic]:
    scale, zero = tensor["quantization"]
    if not scale:
        return values
    return np.clip(np.round(values / scale) + zero, -128, 127).astype(np.int8)


def _from_tensor(values: npt.NDArray[np.generic], tensor: dict[str, object]) -> FloatArray:
    scale, zero = tensor["quantization"]
    if not scale:
        return values.astype(np.float32)
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)


def _converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    """A converter for batches of exactly one: every shape in the file is then fixed."""
    inputs = keras.Input(batch_shape=(1, *model.input_shape[1:]))
    return tf.lite.TFLiteConverter.from_keras_model(keras.Model(inputs, model(inputs)))


def _float_tflite(model: keras.Model) -> bytes:
    return _converter(model).convert()


def _int8_tflite(model: keras.Model, calibration: FloatArray) -> bytes:
    picked = np.random.default_rng(SEED).permutation(len(calibration))[:CALIBRATION]

    def representative() -> object:
        for index in picked:
            yield [calibration[index][None]]

    converter = _converter(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def _write_golden(trained: Trained) -> None:
    held = trained.held_out
    picked = np.sort(np.random.default_rng(SEED).permutation(len(held.inputs))[:GOLDEN])
    inputs = held.inputs[picked]
    arrays: dict[str, npt.NDArray[np.generic]] = {
        "outputs": trained.model.predict(inputs, verbose=0).astype(np.float32),
        "targets": held.targets[picked],
        "inputs": inputs,
    }
    if trained.input_scale is not None:
        scale = np.float32(trained.input_scale)
        arrays["inputs"] = np.round(inputs / scale).astype(np.uint8)
        arrays["scale"] = np.array(scale, dtype=np.float32)
        assert np.array_equal(arrays["inputs"].astype(np.float32) * scale, inputs)
    np.savez_compressed(trained.folder / "golden.npz", **arrays)


def _card(trained: Trained, name: str, values: dict[str, float]) -> str:
    network = load(trained.folder / "model.keras")
    entries: dict[str, object] = {"name": name, **trained.card}
    entries |= {
        "held_out_samples": len(trained.held_out.inputs),
        "parameters": cost.parameters(network),
        "macc": cost.macc(network),
    }
    lines = [f"{key} = {_toml(value)}" for key, value in entries.items()]
    lines += ["", "[metric]", f"name = {_toml(trained.metric)}"]
    lines += [f"{key} = {value:.4f}" for key, value in values.items()]
    lines += ["", "[files]"]
    for file in ("model.keras", "model.tflite", "model_int8.tflite", "golden.npz"):
        content = (trained.folder / file).read_bytes()
        digest = hashlib.sha256(content).hexdigest()
        lines.append(f'"{file}" = {{ bytes = {len(content)}, sha256 = "{digest}" }}')
    return "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    """A string, number or list of strings as TOML (JSON's forms of these are TOML's)."""
    return json.dumps(value, ensure_ascii=False)


Scheduler = Callable[[int], float]


def cosine(peak: float, epochs: int) -> Scheduler:
    """A learning rate that decreases from `peak` to 0 along half a cosine."""
    return lambda epoch: float(peak * 0.5 * (1.0 + np.cos(np.pi * epoch / epochs)))
