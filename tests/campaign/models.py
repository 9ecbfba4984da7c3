"""Damaged model files, read by real loading processes and in this process.

Lost is a file at which a loading process crashes, is stopped or fails in any other way than by
refusing it, and one that is read as a network that cannot be generated and executed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.fakes.model_files import damage, small
from tests.fakes.model_files.verdict import verdict
from tinylab.errors import ModelFileError
from tinylab.zoo import load
from tinylab.zoo.network import Network

TITLE = "damaged .keras, .h5 and .tflite files are read"
BATCH = 60
"""Files for one loading process."""
BY_THE_PARENT = "the process that loads it"


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    """Each file is an attempt."""
    while True:
        seeds = [numbers.randrange(2**32) for _ in range(BATCH)]
        files = [_write(folder, index, seed) for index, seed in enumerate(seeds)]
        for seed, file, found in zip(seeds, files, load.load_each(files), strict=True):
            lost = _lost(file, found)
            yield lost and f"damage.damaged({file.suffix!r}, Random({seed})): {lost}"


def _write(folder: Path, index: int, seed: int) -> Path:
    suffix = small.FORMATS[seed % len(small.FORMATS)]
    file = folder / f"{index}{suffix}"
    file.write_bytes(damage.damaged(suffix, random.Random(seed)))
    return file


def _lost(file: Path, found: Network | ModelFileError) -> str | None:
    """What is wrong with the result; a file that ends its process is not read in this one."""
    if isinstance(found, ModelFileError) and BY_THE_PARENT in found.message:
        return found.message
    return verdict(file)
