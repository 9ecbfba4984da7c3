"""Train the image classification network on Fashion-MNIST.

    python models/image_classification/train.py [--data FOLDER] [--epochs N]

FOLDER has the four `*-ubyte.gz` files of the data set as published by its authors (Debian:
package dataset-fashion-mnist). All 60,000 training images are used for training, with a
schedule fixed in advance; the official 10,000 test images are evaluated once, at the end.
"""

from __future__ import annotations

import argparse
import gzip
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import training
from keras import layers

HERE = Path(__file__).resolve().parent
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
CLASSES = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat",
    "sandal", "shirt", "sneaker", "bag", "ankle boot",
]  # fmt: skip
SCALE = float(np.float32(1.0 / 255.0))
BATCH = 200
EPOCHS = 45
LEARNING_RATE = 2e-3

Images = npt.NDArray[np.uint8]


def read_idx(path: Path) -> Images:
    """An IDX file of unsigned bytes: two zeros, type 8, rank, then the dimensions."""
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    shape = np.frombuffer(content, ">u4", rank, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * rank).reshape(shape)


def read(folder: Path, part: str) -> tuple[Images, Images]:
    """Images (N, 28, 28, 1) and labels (N,) of `train` or `t10k`."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte.gz")
    return images[..., None], read_idx(folder / f"{part}-labels-idx1-ubyte.gz")


def network() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(64, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Conv2D(32, 2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.2),
            layers.Flatten(),
            layers.Dense(256, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ],
        name="image_classification",
    )


class Augmented(keras.utils.PyDataset):
    """Batches of images, half of them mirrored, shifted by at most one pixel."""

    def __init__(self, images: Images, labels: Images) -> None:
        super().__init__()
        self.images = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
        self.labels = labels
        self.random = np.random.default_rng(training.SEED)
        self.order = self.random.permutation(len(images))

    def __len__(self) -> int:
        return len(self.order) // BATCH

    def __getitem__(self, index: int) -> tuple[training.FloatArray, Images]:
        picked = self.order[index * BATCH : (index + 1) * BATCH]
        random = np.random.default_rng((training.SEED, *picked[:4].tolist()))
        down, right = random.integers(0, 3, (2, len(picked), 1))
        columns = np.arange(28)
        mirrored = random.random((len(picked), 1)) < 0.5
        rows = down + columns
        columns = right + np.where(mirrored, columns[::-1], columns)
        images = self.images[picked[:, None, None], rows[:, :, None], columns[:, None, :]]
        return images.astype(np.float32) * np.float32(SCALE), self.labels[picked]

    def on_epoch_end(self) -> None:
        self.order = self.random.permutation(len(self.images))


def train(images: Images, labels: Images, epochs: int) -> keras.Model:
    model = network()
    model.compile(
        keras.optimizers.AdamW(weight_decay=2e-3, use_ema=True, ema_momentum=0.999),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rate = keras.callbacks.LearningRateScheduler(training.cosine(LEARNING_RATE, epochs))
    model.fit(Augmented(images, labels), epochs=epochs, callbacks=[rate], verbose=2)
    return model


def x8(weights: training.FloatArray) -> training.FloatArray:
    """Weights replaced by the nearest of 16 floats (k-means), as 4-bit compression does."""
    values = weights.ravel()
    table = np.quantile(values, (np.arange(16) + 0.5) / 16)
    for _ in range(60):
        nearest = np.searchsorted((table[1:] + table[:-1]) / 2, values)
        counts = np.maximum(np.bincount(nearest, minlength=16), 1)
        table = np.sort(np.bincount(nearest, values, 16) / counts)
    nearest = np.searchsorted((table[1:] + table[:-1]) / 2, values)
    return table[nearest].reshape(weights.shape).astype(np.float32)


def compressed_accuracy(model: keras.Model, held: training.Held) -> float:
    """Accuracy with the first dense layer's weights in 16 floats."""
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    dense = next(layer for layer in copy.layers if isinstance(layer, layers.Dense))
    kernel, bias = dense.get_weights()
    dense.set_weights([x8(kernel), bias])
    outputs = copy.predict(held.inputs, batch_size=500, verbose=0)
    return training.score("accuracy", outputs, held.targets)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DEBIAN, help="folder of *-ubyte.gz files")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--trained", type=Path, help="publish this .keras instead of training")
    arguments = parser.parse_args()
    training.seed_everything()
    images, labels = read(arguments.data, "train")
    if arguments.trained:
        model = keras.models.load_model(arguments.trained, compile=False)
    else:
        model = train(images, labels, arguments.epochs)
    test_images, test_labels = read(arguments.data, "t10k")
    scaled = [part.astype(np.float32) * np.float32(SCALE) for part in (images, test_images)]
    held = training.Held(scaled[1], test_labels)
    training.publish(
        training.Trained(
            folder=HERE,
            model=model,
            calibration=scaled[0],
            held_out=held,
            metric="accuracy",
            input_scale=SCALE,
            measured={"x8": compressed_accuracy(model, held)},
            card=CARD,
        )
    )


CARD: dict[str, object] = {
    "title": "image classification",
    "predicts": "the kind of clothing, one of ten, in an image of 28 x 28 grey pixels",
    "input": "28 x 28 x 1 grey values, byte / 255, clothing bright on black",
    "output": "10 probabilities: " + ", ".join(CLASSES),
    "labels": CLASSES,
    "default_compression": "x8",
    "data": "Fashion-MNIST, 70,000 images; Debian package dataset-fashion-mnist",
    "data_source": "https://github.com/zalandoresearch/fashion-mnist",
    "data_licence": "MIT, Copyright 2017 Zalando SE",
    "split": "the official split: 60,000 images for training, 10,000 for testing",
    "licence": "MIT",
    "retrain": "python models/image_classification/train.py --data FOLDER",
}


if __name__ == "__main__":
    main()
