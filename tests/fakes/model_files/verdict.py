"""Reads a model file in this process, and judges what came of it."""

from __future__ import annotations

import traceback
from pathlib import Path

import numpy as np

from tinylab.codegen import generate
from tinylab.errors import ModelFileError, TinylabError
from tinylab.zoo import cost
from tinylab.zoo.checks.validation import check_network
from tinylab.zoo.execution import reference
from tinylab.zoo.keras import model_file as keras_file
from tinylab.zoo.network import Network
from tinylab.zoo.tflite import model_file as tflite_file

MOST_MACC, MOST_ELEMENTS = 10_000_000, 1_000_000
"""Larger networks are not executed: it would take too long."""


def read(path: Path) -> Network:
    """As the loading process reads it. Raises ModelFileError."""
    reader = tflite_file if path.suffix == ".tflite" else keras_file
    return reader.read(path)


def verdict(path: Path) -> str | None:
    """What is wrong with how the file was read; None if it was refused well or can be executed."""
    try:
        network = read(path)
    except ModelFileError as error:
        return None if error.message and error.remedy else f"no remedy: {error.message!r}"
    except Exception:  # noqa: BLE001 - this is what is looked for
        return traceback.format_exc(limit=-3)
    try:
        check_network(network)
        generate.footprint(network)
        if reference.largest(network) < MOST_ELEMENTS and cost.macc(network) < MOST_MACC:
            generate.generate(network)
            inputs = [np.ones((2, *shape), np.float32) for shape in network.input_shapes]
            made = reference.run(network, inputs)
            assert [one.shape[1:] for one in made] == list(network.output_shapes)
    except TinylabError as error:
        return None if not isinstance(error, ModelFileError) else f"was returned: {error}"
    except Exception:  # noqa: BLE001 - the same
        return traceback.format_exc(limit=-3)
    return None
