"""Train the house price network on the King County house sales.

    python models/house_price/train.py --data kc_house_data.csv [--epochs N]

All sales of a house are on the same side of the split. Inputs are scaled to 0..1 by the
smallest and largest value of the training data; both are on the card. The output is the
price in millions of dollars.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import keras
import training
from keras import layers

HERE = Path(__file__).resolve().parent
FEATURES = (
    "bedrooms", "bathrooms", "sqft_living", "sqft_lot", "floors", "waterfront", "view",
    "condition", "grade", "sqft_above", "sqft_basement", "yr_built", "yr_renovated", "lat",
    "long", "sqft_living15", "sqft_lot15", "year_sold", "month_sold",
)  # fmt: skip
UNITS = (19, 19, 38, 38, 38, 19, 19, 19, 19, 8, 1)
HELD_OUT = 0.2
DOLLARS = 1e6
BATCH = 64
EPOCHS = 150
LEARNING_RATE = 3e-3

Row = dict[str, str]


def features(row: Row) -> list[float]:
    """The 19 unscaled inputs of one sale. Empty fields mean no (waterfront, view, renovated)."""
    month, _, year = row["date"].split("/")
    known = dict(row, year_sold=year, month_sold=month)
    if known["sqft_basement"] == "?":
        known["sqft_basement"] = str(float(row["sqft_living"]) - float(row["sqft_above"]))
    return [float(known[name] or 0) for name in FEATURES]


def split(rows: list[Row]) -> npt.NDArray[np.bool_]:
    """True for each held-out sale: a fifth of the houses, with all their sales."""
    houses = sorted({row["id"] for row in rows})
    order = np.random.default_rng(training.SEED).permutation(len(houses))
    held = {houses[index] for index in order[: round(HELD_OUT * len(houses))]}
    return np.array([row["id"] in held for row in rows])


def network() -> keras.Model:
    """Eleven dense layers, each with ReLU, so the last bias starts at a typical price."""
    hidden = [
        layers.Dense(units, activation="relu", kernel_initializer="he_uniform")
        for units in UNITS[:-1]
    ]
    price = layers.Dense(1, activation="relu", bias_initializer=keras.initializers.Constant(0.5))
    return keras.Sequential([layers.Input((len(FEATURES),)), *hidden, price], name="house_price")


def train(inputs: training.FloatArray, targets: training.FloatArray, epochs: int) -> keras.Model:
    model = network()
    model.compile(
        keras.optimizers.AdamW(weight_decay=1e-4, use_ema=True, ema_momentum=0.999), "mse"
    )
    rate = keras.callbacks.LearningRateScheduler(training.cosine(LEARNING_RATE, epochs))
    model.fit(inputs, targets, batch_size=BATCH, epochs=epochs, callbacks=[rate], verbose=2)
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="kc_house_data.csv")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    training.seed_everything()
    with arguments.data.open(newline="") as file:
        rows = list(csv.DictReader(file))
    held = split(rows)
    raw = np.array([features(row) for row in rows])
    low, high = raw[~held].min(0), raw[~held].max(0)
    inputs = np.clip((raw - low) / (high - low), 0.0, 1.0).astype(np.float32)
    prices = (np.array([float(row["price"]) for row in rows]) / DOLLARS).astype(np.float32)
    training.publish(
        training.Trained(
            folder=HERE,
            model=train(inputs[~held], prices[~held], arguments.epochs),
            calibration=inputs[~held],
            held_out=training.Held(inputs[held], prices[held]),
            metric="r2",
            card=CARD | {"feature_minimum": low.tolist(), "feature_maximum": high.tolist()},
        )
    )


CARD: dict[str, object] = {
    "title": "predict house price",
    "predicts": "the sale price of a house in King County, Washington",
    "input": "19 features, each scaled to 0..1 from feature_minimum..feature_maximum",
    "output": "the price in millions of US dollars",
    "default_compression": "none",
    "data": "King County house sales, May 2014 to May 2015, 21,597 sales (kc_house_data.csv)",
    "data_source": "https://www.kaggle.com/datasets/harlfoxem/housesalesprediction",
    "data_licence": "CC0, public domain",
    "split": "a random fifth of the houses, with all their sales, held out",
    "licence": "MIT",
    "retrain": "python models/house_price/train.py --data kc_house_data.csv",
    "features": list(FEATURES),
}


if __name__ == "__main__":
    main()
