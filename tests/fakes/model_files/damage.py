"""Random damage to model files; it depends on the random numbers given, and on nothing else."""

from __future__ import annotations

import copy
import json
import random
import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import flatbuffers
import h5py
import numpy as np

from tests.fakes.model_files.small import tflite, valid


def damaged(suffix: str, random_numbers: random.Random) -> bytes:
    """A file that was valid, after one to three changes."""
    content = random_numbers.choice(valid(suffix))
    kind = random_numbers.random()
    if kind < 0.5:
        for _ in range(random_numbers.choice((1, 1, 2, 3))):
            content = _with_other_bytes(content, suffix, random_numbers)
        return content
    return _with_other_fields(content, suffix, random_numbers)


def _with_other_bytes(content: bytes, suffix: str, random_numbers: random.Random) -> bytes:
    data, at = bytearray(content), random_numbers.randrange(len(content))
    match random_numbers.randrange(5):
        case 0:
            data[at] ^= 1 << random_numbers.randrange(8)
        case 1:
            data[at : at + 4] = random_numbers.choice(
                (bytes(4), b"\xff" * 4, random_numbers.randbytes(4))
            )
        case 2:
            del data[at:]
        case 3:
            other = random_numbers.choice(valid(suffix))
            data[at:] = other[random_numbers.randrange(len(other)) :]
        case 4:
            start = random_numbers.randrange(len(content))
            data[at : at + 16] = content[start : start + 16]
    return bytes(data) or b"\0"


def _with_other_fields(content: bytes, suffix: str, random_numbers: random.Random) -> bytes:
    if suffix == ".tflite":
        return _other_tflite(random_numbers)
    if suffix == ".keras":
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        config = json.loads(members["config.json"])
        members["config.json"] = json.dumps(_other_json(config, random_numbers)).encode()
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
        return buffer.getvalue()
    buffer = BytesIO(content)
    with h5py.File(buffer, "a") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(_other_json(config, random_numbers))
    return buffer.getvalue()


ODD: tuple[Any, ...] = (
    None, True, 0, 1, -1, 2, 3, 7, 65_536, 2**31, 2**63, 10**30, 0.5, -1.5, 1e308, float("nan"),
    "", "x", "same", "Dense", "\x1b[31m", "dense", [], [1], [[1]], [-1, 0], [[["a", 0, 0]]], {},
    {"class_name": "Dense"}, {"class_name": {"a": 1}}, {"class_name": "__tuple__", "items": [1, 2]},
)  # fmt: skip


def _other_json(config: Any, random_numbers: random.Random) -> Any:
    """The same, with some values of any depth replaced, removed, repeated or exchanged."""
    config = copy.deepcopy(config)
    for _ in range(random_numbers.choice((1, 1, 1, 2, 3))):
        places = list(_places(config))
        if not places:
            break
        owner, key = random_numbers.choice(places)
        match random_numbers.randrange(6):
            case 0:
                del owner[key]
            case 1:
                other, its = random_numbers.choice(places)
                owner[key] = copy.deepcopy(other[its])
            case 2 if isinstance(owner, list):
                owner.insert(key, copy.deepcopy(owner[key]))
            case _:
                owner[key] = copy.deepcopy(random_numbers.choice(ODD))
    return config


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: Any = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from _places(value[key])


ODD_NUMBERS = (-1, 0, 1, 2, 3, 5, 9, 100, 127, 255, 65_536, 2**31 - 1, -(2**31))
PACKING = (struct.error, TypeError, ValueError, AttributeError, OverflowError, AssertionError)
"""What flatbuffers raises for a number that is too large for its field."""


def _other_tflite(random_numbers: random.Random) -> bytes:
    while True:
        try:
            return tflite(lambda model: _change_fields(model, random_numbers))
        except (*PACKING, flatbuffers.builder.BuilderNotFinishedError):
            continue


def _change_fields(model: Any, random_numbers: random.Random) -> None:
    for _ in range(random_numbers.choice((1, 1, 2))):
        owner, key = random_numbers.choice(list(_fields(model)))
        value = owner[key] if isinstance(owner, list) else getattr(owner, key)
        other = _other_value(value, random_numbers)
        if isinstance(owner, list):
            owner[key] = other
        else:
            setattr(owner, key, other)


def _fields(value: Any) -> Iterator[tuple[Any, Any]]:
    keys: Any = range(len(value)) if isinstance(value, list) else vars(value)
    for key in keys:
        yield value, key
        own = value[key] if isinstance(value, list) else getattr(value, key)
        if isinstance(own, list) or type(own).__name__.endswith("T"):
            yield from _fields(own)


def _other_value(value: Any, random_numbers: random.Random) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return random_numbers.choice(ODD_NUMBERS)
        case float():
            return random_numbers.choice((0.0, -1.0, 1e38, float("nan"), float("inf")))
        case list() if value:
            parts = (value[:-1], value[1:], [*value, value[0]], value[::-1], [])
            return list(random_numbers.choice(parts))
        case np.ndarray():
            floats = np.array([np.nan, np.inf, 3e38], "<f4").tobytes()
            more = np.frombuffer(random_numbers.choice((floats, b"\1", bytes(8))), np.uint8)
            return random_numbers.choice(
                (value[:-1], value[:0], np.concatenate([more, value[more.size :]]))
            )
        case _:
            return None
