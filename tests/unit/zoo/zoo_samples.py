"""Makes the model files that the zoo's tests read: `python zoo_samples.py FOLDER`.

Run once in a process of its own, since it needs TensorFlow. Every readable sample has a
`<name>.npz` beside it with inputs and Keras' own outputs.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import tensorflow as tf
from keras import layers

SAMPLES = 5


def flat() -> keras.Model:
    """Every layer kind of two dimensions, a branch, strides and both paddings."""
    inputs = keras.Input((12, 10, 3))
    x = layers.ZeroPadding2D(((1, 2), (0, 1)))(inputs)
    x = layers.Conv2D(4, (3, 2), strides=(2, 1), padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(max_value=6)(x)
    x = layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2, activation="tanh")(x)
    branch = layers.Conv2D(6, 1, activation="linear")(x)
    x = layers.SeparableConv2D(6, 3, strides=1, padding="same", activation="relu")(x)
    x = layers.Add()([x, branch, x])
    x = layers.SpatialDropout2D(0.3)(x)
    x = layers.AveragePooling2D(3, strides=2, padding="same")(x)
    x = layers.MaxPooling2D((2, 3), strides=1, padding="same")(x)
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(7, activation="sigmoid")(x)
    x = layers.BatchNormalization(center=False, scale=False)(x)
    return keras.Model(inputs, layers.Softmax()(layers.Dense(4)(x)), name="flat")


def long() -> keras.Model:
    """Every layer kind of one dimension."""
    return keras.Sequential(
        [
            layers.Input((21, 3)),
            layers.Conv1D(6, 4, padding="causal", activation="relu6"),
            layers.ZeroPadding1D((2, 1)),
            layers.DepthwiseConv1D(3, strides=2, padding="same"),
            layers.SeparableConv1D(5, 3, activation="tanh"),
            layers.MaxPooling1D(2, strides=1, padding="same"),
            layers.AveragePooling1D(3, strides=2, padding="same"),
            layers.Dense(4, activation="relu"),
            layers.Reshape((4, -1)),
            layers.SpatialDropout1D(0.2),
            layers.Activation("sigmoid"),
            layers.GlobalMaxPooling1D(),
            layers.Dropout(0.1),
            layers.Dense(2),
        ],
        name="long",
    )


def nested() -> keras.Model:
    """A model inside a model, and one layer used twice."""
    inner = keras.Sequential([layers.Input((6,)), layers.Dense(6, activation="relu")])
    shared = layers.Dense(6, name="shared")
    inputs = keras.Input((6,))
    return keras.Model(inputs, shared(inner(shared(inputs))), name="nested")


def steps() -> keras.Model:
    """Constants per channel, per element and for all, on both sides; sums and limits."""
    inputs = keras.Input((4, 3))
    x = layers.Rescaling([0.5, 2.0, -1.0], offset=0.25)(inputs)
    x = layers.Normalization(axis=(1, 2), mean=SPREAD, variance=SPREAD**2)(x)
    x = 1.0 - x * SPREAD / 3.0 + np.float32([0.5, 0.0, -1.0])
    left, middle, right = (layers.Dense(5, activation="hard_sigmoid")(x) for _ in range(3))
    x = layers.Average()([left, middle, right])
    x = keras.ops.relu(keras.ops.maximum(keras.ops.minimum(x, 0.6), 0.4) - 0.45)
    x = layers.ReLU(max_value=1.0)(keras.ops.tanh(x) + keras.ops.clip(x, 0.01, 0.1))
    x = layers.Flatten()(layers.Activation("hard_sigmoid")(x * 7))
    return keras.Model(inputs, layers.Dense(3)(x), name="steps")


SPREAD = np.linspace(0.5, 2.0, 12).reshape(4, 3).astype(np.float32)


def measured() -> keras.Model:
    """Statistics of data, whose mean is large beside its deviation."""
    near = layers.Normalization(name="near")
    near.adapt(np.random.default_rng(1).normal(1000, 0.5, (500, 7, 2)))
    scalar = layers.Normalization(axis=None, name="scalar")
    scalar.adapt(np.random.default_rng(2).normal(0, 2, (500, 7, 2)))
    back = layers.Normalization(mean=[3.0, 4.0], variance=[0.0, 9.0], invert=True)
    parts = [layers.Input((7, 2)), near, scalar, back]
    return keras.Sequential(
        [*parts, layers.Conv1D(3, 3, strides=2, padding="causal")], name="measured"
    )


def rows() -> keras.Model:
    """Dense and softmax on several positions, whose shapes an open batch leaves to be computed."""
    return keras.Sequential(
        [
            layers.Input((4, 5, 3)),
            layers.Dense(6, activation="relu"),
            layers.Dense(4, activation="softmax", use_bias=False),
            layers.Reshape((20, 4)),
            layers.Dense(2),
            layers.Softmax(),
            layers.Reshape((-1,)),
            layers.Dense(3),
        ],
        name="rows",
    )


def noise() -> keras.Model:
    """Layers that work in training only."""
    parts = [
        layers.GaussianNoise(1.0), layers.GaussianDropout(0.5), layers.AlphaDropout(0.5),
        layers.SpatialDropout2D(0.5), layers.ActivityRegularization(l2=0.1), layers.Identity(),
        layers.RandomFlip(), layers.RandomRotation(0.5), layers.RandomZoom(0.5),
        layers.RandomTranslation(0.5, 0.5), layers.RandomContrast(0.5), layers.RandomHue(0.5),
    ]  # fmt: skip
    return keras.Sequential([layers.Input((6, 8, 3)), *parts, layers.Conv2D(2, 3)], name="noise")


OPEN_BATCH = ("flat", "steps", "measured", "rows", "noise")


def small(*more: keras.Layer, shape: tuple[int | None, ...] = (8, 8, 2)) -> keras.Model:
    return keras.Sequential([layers.Input(shape), *more])


@keras.saving.register_keras_serializable(package="mine")
class Doubled(layers.Dense):
    """A custom layer: its code is not in the file, its name is."""


def drawn(layer: Callable[..., Any], **arguments: Any) -> keras.Model:
    inputs = keras.Input((6,))
    return keras.Model(inputs, layer(inputs, **arguments))


REFUSED: dict[str, Callable[[], keras.Model]] = {
    "dilated_output": lambda: small(layers.Conv2DTranspose(2, 3, dilation_rate=2, name="wide")),
    "bicubic": lambda: small(layers.UpSampling2D(2, interpolation="bicubic", name="large")),
    "channels_first": lambda: small(layers.MaxPooling2D(2, data_format="channels_first")),
    "recurrent": lambda: small(layers.LSTM(3, activation="gelu", name="memory"), shape=(5, 2)),
    "leaky": lambda: small(layers.Dense(3, activation="mish", name="leaky")),
    "leaky_layer": lambda: small(layers.ReLU(threshold=0.1, name="leaky")),
    "open_length": lambda: small(layers.Conv1D(2, 3), shape=(None, 4)),
    "half": lambda: small(layers.Dense(3, dtype="mixed_float16", name="half")),
    "five_dimensions": lambda: small(layers.Reshape((2, 2, 2, 2, 8), name="deep")),
    "custom": lambda: small(Doubled(3, name="mine")),
    "training": lambda: drawn(layers.Dropout(0.5, name="drawn"), training=True),
    "masked": lambda: small(layers.Embedding(9, 3, mask_zero=True, name="words"), shape=(5,)),
    "distributed": lambda: small(
        layers.Reshape((8, 4, 4)),
        layers.TimeDistributed(layers.Bidirectional(layers.LSTM(2)), name="each"),
    ),
    "quotient": lambda: drawn(lambda x: x / 0.0),
    "normal_batch": lambda: small(layers.GroupNormalization(2, name="rms"), shape=(6,)),
}


def randomise(model: keras.Model) -> None:
    """Weights of which none is zero or one, also in batch normalisation and biases."""
    random = np.random.default_rng(7)
    for layer in model.layers:
        if not isinstance(layer, layers.Normalization):
            old = layer.get_weights()
            layer.set_weights([random.uniform(0.1, 0.9, w.shape) - 0.35 for w in old])
        if isinstance(layer, layers.BatchNormalization):
            variance = layer.moving_variance
            variance.assign(random.uniform(0.5, 2.0, variance.shape))


def write_readable(folder: Path, model: keras.Model) -> None:
    randomise(model)
    shape = (SAMPLES, *model.input_shape[1:])
    centre = 1000 if model.name == "measured" else 0
    inputs = np.random.default_rng(3).normal(centre, 1, shape).astype(np.float32)
    np.savez(folder / f"{model.name}.npz", inputs=inputs, outputs=model.predict(inputs, verbose=0))
    model.save(folder / f"{model.name}.keras")
    model.save(folder / f"{model.name}.h5")
    batch_of_one = model if model.name in OPEN_BATCH else fixed(model)
    (folder / f"{model.name}.tflite").write_bytes(converter(batch_of_one).convert())


def converter(model: keras.Model) -> tf.lite.TFLiteConverter:
    return tf.lite.TFLiteConverter.from_keras_model(model)


def fixed(model: keras.Model) -> keras.Model:
    """The same model for a batch of exactly one."""
    inputs = keras.Input(batch_shape=(1, *model.input_shape[1:]))
    return keras.Model(inputs, model(inputs))


def write_tflite_refused(folder: Path) -> None:
    model = small(layers.Conv2D(2, 3), layers.LeakyReLU())
    (folder / "leaky.tflite").write_bytes(converter(model).convert())
    dense = small(layers.Flatten(), layers.Dense(300), layers.Dense(3))
    halved = converter(dense)
    halved.optimizations = [tf.lite.Optimize.DEFAULT]
    halved.target_spec.supported_types = [tf.float16]
    (folder / "float16.tflite").write_bytes(halved.convert())
    packed = converter(dense)
    packed.optimizations = [tf.lite.Optimize.DEFAULT]
    (folder / "int8_weights.tflite").write_bytes(packed.convert())
    running = drawn(lambda x: keras.ops.cumsum(x, axis=1))
    (folder / "running.tflite").write_bytes(converter(running).convert())
    volume = small(layers.Conv3D(2, 3, activation="elu"), shape=(4, 4, 4, 1))
    (folder / "volume.tflite").write_bytes(converter(volume).convert())
    (folder / "product.tflite").write_bytes(converter(drawn(lambda x: x * x)).convert())
    (folder / "open_length.tflite").write_bytes(
        converter(small(layers.Conv1D(2, 3), shape=(None, 4))).convert()
    )


LEGACY = {
    "class_name": "Sequential",
    "config": {
        "name": "legacy",
        "layers": [
            {
                "class_name": "InputLayer",
                "config": {
                    "name": "conv_input",
                    "batch_input_shape": [None, 9, 2],
                    "dtype": "float32",
                    "sparse": False,
                    "ragged": False,
                },
            },
            {
                "class_name": "Conv1D",
                "config": {
                    "name": "conv",
                    "dtype": "float32",
                    "filters": 3,
                    "kernel_size": [3],
                    "strides": [2],
                    "padding": "same",
                    "data_format": "channels_last",
                    "dilation_rate": [1],
                    "groups": 1,
                    "activation": "relu",
                    "use_bias": True,
                    "kernel_initializer": {"class_name": "GlorotUniform", "config": {"seed": None}},
                },
            },
            {"class_name": "Flatten", "config": {"name": "flatten", "dtype": "float32"}},
            {
                "class_name": "Dense",
                "config": {"name": "dense", "units": 2, "activation": "softmax"},
            },
        ],
    },
}
"""A configuration as Keras 2 wrote it."""


def write_legacy(folder: Path) -> None:
    model = keras.Sequential(
        [
            layers.Input((9, 2)),
            layers.Conv1D(3, 3, strides=2, padding="same", activation="relu", name="conv"),
            layers.Flatten(name="flatten"),
            layers.Dense(2, activation="softmax", name="dense"),
        ],
        name="legacy",
    )
    write_readable(folder, model)
    (folder / "legacy.tflite").unlink()
    with h5py.File(folder / "legacy.h5", "a") as file:
        file.attrs["model_config"] = json.dumps(LEGACY)
        file.attrs["keras_version"] = "2.9.0"


def write_hdf5_refused(folder: Path) -> None:
    model = small(layers.Dense(3))
    model.save_weights(folder / "only.weights.h5")
    model.save(folder / "linked.h5")
    (folder / "secret.bin").write_bytes(bytes(1024))
    with h5py.File(folder / "linked.h5", "a") as file:
        file["model_weights/other"] = h5py.ExternalLink("secret.h5", "/")
    model.save(folder / "external.h5")
    with h5py.File(folder / "external.h5", "a") as file:
        file.create_dataset("secret", (16,), "f4", external=str(folder / "secret.bin"))
    model.save(folder / "huge.h5")
    with h5py.File(folder / "huge.h5", "a") as file:
        file.create_dataset("zeros", (1 << 40,), "f4", chunks=(1 << 20,), compression="gzip")


def write_names(folder: Path) -> None:
    """The names of Keras' layer classes."""
    classes = [value for value in vars(layers).values() if isinstance(value, type)]
    names = sorted({one.__name__ for one in classes if issubclass(one, layers.Layer)})
    (folder / "classes.json").write_text(json.dumps(names))


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    write_names(folder)
    for make in (flat, long, nested, steps, measured, rows, noise):
        write_readable(folder, make())
    for name, make_refused in REFUSED.items():
        model: Any = make_refused()
        model.save(folder / f"{name}.keras")
    write_tflite_refused(folder)
    write_legacy(folder)
    write_hdf5_refused(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
