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


def functions() -> keras.Model:
    def make(x: object) -> object:
        x = ops.abs(ops.sin(x)) + ops.square(ops.cos(x)) - ops.sign(x)
        y = ops.log(ops.exp(x) + 1.0) ** 1.5 + ops.sqrt(ops.abs(x)) ** 2
        return ops.log_softmax(-x * ops.erf(y) / (1.5 / ops.rsqrt(y + 1.0)) + ops.floor(x))

    return drawn((3, 6), make)


def concatenate() -> keras.Model:
    inputs = keras.Input((5, 4, 3))
    first, second = layers.Conv2D(2, 1)(inputs), layers.Conv2D(4, 1)(inputs)
    x = layers.Concatenate()([first, inputs, second])
    return keras.Model(inputs, layers.Concatenate(axis=1)([x, x]))


def pairs() -> keras.Model:
    """Of tensors of one shape, of several, and of those that broadcast."""
    inputs = keras.Input((5, 4, 3))
    first, second = layers.Conv2D(2, 1)(inputs), layers.Conv2D(2, 1)(inputs)
    x = layers.Multiply()([first, second, layers.GlobalAveragePooling2D(keepdims=True)(second)])
    x = layers.Maximum()([layers.Subtract()([x, first]), layers.Minimum()([first, second])])
    return keras.Model(inputs, x * layers.GlobalMaxPooling2D(keepdims=True)(first) - second)


def two_inputs() -> keras.Model:
    first, second = keras.Input((4, 3)), keras.Input((5,))
    x = layers.Concatenate()([layers.Flatten()(first), layers.Dense(2)(second)])
    return keras.Model([first, second], layers.Dense(3)(x))


def two_outputs() -> keras.Model:
    inputs = keras.Input((6,))
    x = layers.Dense(4, activation="relu")(inputs)
    return keras.Model(inputs, [layers.Dense(3)(x), x, layers.Dense(2, activation="softmax")(x)])


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
    "log_softmax": lambda: chain((6,), layers.Dense(4, activation="log_softmax")),
    "operations": operations,
    "functions": functions,
    "prelu": lambda: chain((4, 5), layers.PReLU(), layers.PReLU(shared_axes=[1])),
    "dilated": lambda: chain(
        (13, 11, 4),
        layers.Conv2D(6, (3, 2), dilation_rate=(2, 3), padding="same", activation="relu"),
        layers.DepthwiseConv2D(2, dilation_rate=2, padding="valid"),
        layers.SeparableConv2D(3, 2, dilation_rate=(1, 2)),
    ),
    "causal": lambda: chain(
        (20, 3),
        layers.Conv1D(5, 3, dilation_rate=2, padding="causal", activation="relu"),
        layers.Conv1D(4, 2, dilation_rate=4, padding="same"),
    ),
    "grouped": lambda: chain(
        (9, 8, 6), layers.Conv2D(12, 3, groups=3, strides=2, padding="same"), layers.ReLU()
    ),
    "grouped_rows": lambda: chain((9, 6), layers.Conv1D(4, 3, groups=2, dilation_rate=2)),
    "transposed": lambda: chain(
        (5, 4, 3),
        layers.Conv2DTranspose(6, 3, strides=2, padding="same", activation="relu"),
        layers.Conv2DTranspose(2, (2, 3), strides=(3, 2)),
        layers.Conv2DTranspose(5, 4, padding="same", use_bias=False),
    ),
    "transposed_rows": lambda: chain(
        (5, 3),
        layers.Conv1DTranspose(4, 3, strides=2),
        layers.Conv1DTranspose(2, 5, padding="same"),
    ),
    "upsampling": lambda: chain(
        (5, 4, 3), layers.UpSampling2D((2, 3)), layers.UpSampling2D(2, interpolation="bilinear")
    ),
    "upsampling_rows": lambda: chain((5, 4), layers.UpSampling1D(3), layers.Conv1D(2, 2)),
    "cropping": lambda: chain((9, 8, 2), layers.Cropping2D(((1, 2), (0, 3))), layers.Conv2D(2, 2)),
    "cropping_rows": lambda: chain((9, 2), layers.Cropping1D((2, 1)), layers.Conv1D(2, 2)),
    "permute": lambda: chain((5, 4, 3), layers.Permute((3, 1, 2)), layers.Dense(2)),
    "repeat": lambda: chain((6,), layers.RepeatVector(5), layers.Conv1D(3, 2)),
    "concatenate": concatenate,
    "pairs": pairs,
    "softmax_axes": lambda: chain(
        (3, 4, 5), layers.Softmax(axis=1), layers.Softmax(axis=(2, 3)), layers.Softmax(axis=2)
    ),
    "embedding": lambda: chain((7,), layers.Embedding(9, 5), layers.Conv1D(3, 2)),
    "embedding_of_integers": lambda: keras.Sequential(
        [layers.Input((7,), dtype="int32"), layers.Embedding(9, 5), layers.Flatten()]
    ),
    "layer_norm": lambda: chain(
        (4, 5),
        layers.LayerNormalization(),
        layers.Dense(6),
        layers.LayerNormalization(axis=(1, 2), epsilon=0.01),
        layers.LayerNormalization(center=False, scale=False),
    ),
    "distributed": lambda: chain(
        (4, 6), layers.TimeDistributed(layers.Dense(3, activation="relu")), layers.Dense(2)
    ),
    "transposed_padding": lambda: chain(
        (5, 4, 3),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same", output_padding=1),
        layers.Conv2DTranspose(2, (2, 3), strides=(3, 2), output_padding=(1, 0)),
    ),
    "transposed_rows_padding": lambda: chain(
        (5, 3), layers.Conv1DTranspose(4, 3, strides=2, padding="same", output_padding=0)
    ),
    "distributed_images": lambda: chain(
        (3, 8, 7, 2),
        layers.TimeDistributed(layers.Conv2D(4, 3, strides=2, activation="relu")),
        layers.TimeDistributed(layers.LayerNormalization()),
        layers.TimeDistributed(layers.MaxPooling2D(2)),
        layers.Activation("tanh"),
        layers.TimeDistributed(layers.Flatten()),
        layers.TimeDistributed(layers.Dense(3)),
    ),
    "distributed_rows": lambda: chain(
        (3, 9, 2),
        layers.TimeDistributed(layers.Conv1D(4, 3, padding="same")),
        layers.TimeDistributed(layers.LSTM(3, return_sequences=True)),
        layers.TimeDistributed(layers.GlobalAveragePooling1D()),
    ),
    "distributed_flatten": lambda: chain((4, 3, 2), layers.TimeDistributed(layers.Flatten())),
    "two_inputs": lambda: two_inputs(),
    "two_outputs": lambda: two_outputs(),
    "lstm": lambda: chain(
        (6, 3), layers.LSTM(5, return_sequences=True), layers.LSTM(4, go_backwards=True)
    ),
    "lstm_settings": lambda: chain(
        (6, 3),
        layers.LSTM(4, return_sequences=True, recurrent_activation="hard_sigmoid", use_bias=False),
        layers.LSTM(3, activation="relu", unroll=True),
    ),
    "gru": lambda: chain((6, 3), layers.GRU(5, return_sequences=True), layers.GRU(4)),
    "gru_settings": lambda: chain(
        (6, 3),
        layers.GRU(5, reset_after=False, return_sequences=True),
        layers.GRU(4, recurrent_activation="hard_sigmoid", go_backwards=True),
        layers.Dense(2),
    ),
    "simple_rnn": lambda: chain(
        (6, 3),
        layers.SimpleRNN(5, return_sequences=True),
        layers.SimpleRNN(4, activation="relu", use_bias=False),
    ),
    "stateful": lambda: stateful(),
    "bidirectional": lambda: chain(
        (6, 3),
        layers.Bidirectional(layers.LSTM(4, return_sequences=True)),
        layers.Bidirectional(layers.GRU(3, return_sequences=True), merge_mode="sum"),
        layers.Bidirectional(layers.SimpleRNN(3, return_sequences=True), merge_mode="mul"),
        layers.Bidirectional(layers.LSTM(2), merge_mode="ave"),
    ),
}


def stateful() -> keras.Model:
    """Every kind of layer that keeps its state; a sequence of samples with a batch of 1."""
    return keras.Sequential(
        [
            keras.Input(batch_shape=(1, 4, 3)),
            layers.LSTM(5, stateful=True, return_sequences=True),
            layers.Bidirectional(layers.SimpleRNN(3, stateful=True, return_sequences=True)),
            layers.GRU(4, stateful=True, return_sequences=True),
            layers.GRU(3, stateful=True, reset_after=False, go_backwards=True),
        ]
    )


def predicted(model: keras.Model, inputs: list[np.ndarray]) -> object:
    kept = [layer for layer in model.layers if getattr(layer, "stateful", False)]
    if not kept:
        return model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    for layer in kept:
        layer.reset_state()
    return np.concatenate([model(sample[None]).numpy() for sample in inputs[0]])


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
    outputs = predicted(model, inputs)
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
