"""Train the human activity network on the BasicMotions recordings.

    pip install --no-deps aeon==1.6.0
    python models/human_activity/train.py [--data FOLDER] [--epochs N]

FOLDER holds BasicMotions_TRAIN.ts and BasicMotions_TEST.ts; without it, those inside the
installed package aeon are read (aeon itself is not imported, and its dependencies, which
require another version of numba than tinylab, are not needed). The split is the data set's
own, by recording: windows of one recording are never on both sides.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import training
from keras import layers

HERE = Path(__file__).resolve().parent
CLASSES = {"Standing": 0, "Walking": 1, "Running": 2}
LABELS = ["stationary", "walking", "running"]
AXES = 3
"""The accelerometer's axes; the gyroscope's three follow them."""
WINDOW = 26
"""2.6 s: the watch recorded ten samples a second."""
TRAIN_STEP = 1
TEST_STEP = 2
BATCH = 64
EPOCHS = 40
LEARNING_RATE = 2e-3


def data_folder() -> Path:
    """The folder of the recordings in the installed package aeon."""
    found = importlib.util.find_spec("aeon")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Install the data: pip install --no-deps aeon==1.6.0, or give --data.")
    return Path(found.submodule_search_locations[0], "datasets", "data", "BasicMotions")


def recordings(path: Path) -> list[tuple[training.FloatArray, int]]:
    """(samples (100, 3), class) of every recording of the three classes in a .ts file."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line[0] in "#@":
            continue
        *axes, label = line.split(":")
        if label in CLASSES:
            values = [[float(value) for value in axis.split(",")] for axis in axes[:AXES]]
            found.append((np.array(values, np.float32).T, CLASSES[label]))
    return found


def windows(
    found: list[tuple[training.FloatArray, int]], step: int
) -> tuple[training.FloatArray, npt.NDArray[np.int64]]:
    """Windows (N, 26, 3) and labels (N,), one starting every `step` samples."""
    cut = [
        (samples[start : start + WINDOW], label)
        for samples, label in found
        for start in range(0, len(samples) - WINDOW + 1, step)
    ]
    return np.stack([window for window, _ in cut]), np.array([label for _, label in cut])


def network() -> keras.Model:
    return keras.Sequential(
        [
            layers.Input((WINDOW, AXES)),
            layers.Conv1D(16, 3, activation="relu"),
            layers.Conv1D(8, 3, activation="relu"),
            layers.Dropout(0.5),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(len(LABELS), activation="softmax"),
        ],
        name="human_activity",
    )


def turned(inputs: training.FloatArray) -> training.FloatArray:
    """The same movements with the watch rotated by some degrees, and slightly scaled."""
    random = np.random.default_rng(training.SEED)
    turns = np.eye(AXES) + random.normal(0.0, 0.2, (len(inputs), AXES, AXES))
    bases, _ = np.linalg.qr(turns)
    bases *= np.sign(np.einsum("nii->ni", bases))[:, None, :]
    strength = random.uniform(0.8, 1.25, (len(inputs), 1, 1))
    return np.einsum("nta,nab->ntb", inputs, bases * strength).astype(np.float32)


def train(inputs: training.FloatArray, labels: npt.NDArray[np.int64], epochs: int) -> keras.Model:
    model = network()
    model.compile(
        keras.optimizers.AdamW(weight_decay=1e-2),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    rate = keras.callbacks.LearningRateScheduler(training.cosine(LEARNING_RATE, epochs))
    both = np.concatenate([inputs, turned(inputs)]), np.concatenate([labels, labels])
    model.fit(*both, batch_size=BATCH, epochs=epochs, callbacks=[rate], verbose=2)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of BasicMotions_*.ts")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    training.seed_everything()
    folder = arguments.data or data_folder()
    inputs, labels = windows(recordings(folder / "BasicMotions_TRAIN.ts"), TRAIN_STEP)
    held = windows(recordings(folder / "BasicMotions_TEST.ts"), TEST_STEP)
    training.publish(
        training.Trained(
            folder=HERE,
            model=train(inputs, labels, arguments.epochs),
            calibration=inputs,
            held_out=training.Held(*held),
            metric="accuracy",
            card=CARD,
        )
    )


CARD: dict[str, object] = {
    "title": "human activity recognition",
    "predicts": "the activity of the wearer of a watch: standing still, walking or running",
    "input": "26 samples x 3 accelerometer axes, ten samples per second, as recorded "
    "(the authors state no unit; the values are consistent with m/s2 without gravity)",
    "output": "3 probabilities: " + ", ".join(LABELS),
    "labels": LABELS,
    "default_compression": "none",
    "data": "BasicMotions, four students wearing a smart watch; the classes standing, walking "
    "and running, accelerometer only; read from the Python package aeon 1.6.0",
    "data_source": "https://www.timeseriesclassification.com/description.php?Dataset=BasicMotions",
    "data_licence": "none stated by its authors; redistributed in the package aeon (BSD-3-Clause)",
    "split": "the data set's own split, by recording: 30 for training, 30 for testing",
    "licence": "MIT",
    "retrain": "pip install --no-deps aeon==1.6.0 && python models/human_activity/train.py",
}


if __name__ == "__main__":
    main()
