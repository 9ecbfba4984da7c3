"""Makes model files of a few layers each, for `test_layer_files`: `python layer_samples.py FOLDER`.

Run once in a process of its own, since it needs TensorFlow. Each model is saved as .keras, .h5 and,
unless it is in `KERAS_ONLY`, .tflite, with a `<name>.npz` of inputs and Keras' own outputs.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers, ops

from tests.unit.zoo.layer_names import KERAS_ONLY

SAMPLES = 4


def chain(shape: tuple[int, ...], *more: keras.Layer) -> keras.Model:
    return keras.Sequential([layers.Input(shape), *more])


def drawn(shape: tuple[int, ...], make: Callable[..., object]) -> keras.Model:
    """A functional model of one input."""
    inputs = keras.Input(shape)
    return keras.Model(inputs, make(inputs))


def activation(name: str) -> keras.Model:
    """In a layer, as a layer, and of the input."""
    return chain(
        (4, 5), layers.Activation(name), layers.Dense(6, activation=name), layers.Activation(name)
    )


def operations() -> keras.Model:
    def make(x: object) -> object:
        x = ops.gelu(ops.leaky_relu(x, 0.3), approximate=False)
        x = ops.elu(ops.selu(x), alpha=0.7)
        return ops.exp(ops.silu(ops.hard_silu(ops.gelu(x, approximate=True))))

    return drawn((6,), make)


MODELS: dict[str, Callable[[], keras.Model]] = {
    "leaky": lambda: chain((6,), layers.LeakyReLU(negative_slope=0.15), layers.LeakyReLU()),
    "elu": lambda: chain((6,), layers.ELU(), layers.Dense(3, activation="elu")),
    "elu_with_alpha": lambda: chain((6,), layers.ELU(alpha=0.4)),
    "relu_with_slope": lambda: chain(
        (6,), layers.ReLU(negative_slope=0.2), layers.ReLU(max_value=0.5, negative_slope=0.1)
    ),
    "leaky_relu": lambda: activation("leaky_relu"),
    "selu": lambda: activation("selu"),
    "silu": lambda: activation("silu"),
    "gelu": lambda: activation("gelu"),
    "hard_silu": lambda: activation("hard_silu"),
    "softplus": lambda: activation("softplus"),
    "exponential": lambda: chain((6,), layers.Activation("exponential"), layers.Dense(3)),
    "operations": operations,
}


def randomise(model: keras.Model) -> None:
    random = np.random.default_rng(7)
    model.set_weights([random.uniform(-0.6, 0.7, array.shape) for array in model.get_weights()])


def inputs_of(model: keras.Model, name: str) -> list[np.ndarray]:
    random = np.random.default_rng(3)
    whole = name.startswith("embedding")
    made = [
        random.integers(0, 9, (SAMPLES, *one.shape[1:])) if whole
        else random.normal(0, 1, (SAMPLES, *one.shape[1:]))
        for one in model.inputs
    ]  # fmt: skip
    return [one.astype(np.float32) for one in made]


def write(folder: Path, name: str, model: keras.Model) -> None:
    randomise(model)
    inputs = inputs_of(model, name)
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    arrays = {f"in_{index}": one for index, one in enumerate(inputs)}
    arrays |= {f"out_{index}": one for index, one in enumerate(outputs)}
    np.savez(folder / f"{name}.npz", **arrays)
    model.save(folder / f"{name}.keras")
    model.save(folder / f"{name}.h5")
    if name not in KERAS_ONLY:
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        (folder / f"{name}.tflite").write_bytes(converter.convert())


def main(folder: Path, *names: str) -> None:
    warnings.simplefilter("ignore")
    for name, make in MODELS.items():
        if not names or name in names:
            write(folder, name, make())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
