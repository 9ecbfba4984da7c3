"""Looks into a .keras or .h5 file before Keras does, and refuses what is not a plain model.

Bounded sizes, no members or links beyond a configuration and weights, and a configuration
that passes `keras_config`. Nothing here imports Keras or unpickles anything.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from tinylab.errors import ModelFileError
from tinylab.zoo.keras_config import REMEDY_CODE, REMEDY_DAMAGED, check_config

MEMBERS = frozenset({"metadata.json", "config.json", "model.weights.h5"})
MAX_CONFIG = 16 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024


def scan_keras(path: Path) -> None:
    """Check a .keras archive. Raises ModelFileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            text = archive.read("config.json")
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, KeyError) as error:
        raise ModelFileError(
            "is not a complete .keras archive.", remedy=REMEDY_DAMAGED, details=str(error)
        ) from error
    check_config(text)


def scan_hdf5(path: Path) -> None:
    """Check a legacy .h5 model. Raises ModelFileError."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            config = file.attrs.get("model_config")
            check_datasets(file)
    except (OSError, KeyError, ValueError, RuntimeError) as error:
        raise ModelFileError(
            "is not a complete HDF5 file.", remedy=REMEDY_DAMAGED, details=str(error)
        ) from error
    if config is None:
        raise ModelFileError(
            "holds weights but no model.",
            remedy="Save the whole model with model.save(), not its weights alone.",
        )
    check_config(config.encode(errors="replace") if isinstance(config, str) else bytes(config))


def scan_weights(path: Path) -> None:
    """Check the HDF5 weights inside a .keras archive. Raises ModelFileError."""
    import h5py

    try:
        with (
            zipfile.ZipFile(path) as archive,
            archive.open("model.weights.h5") as member,
            h5py.File(member, "r") as file,
        ):
            check_datasets(file)
    except (OSError, KeyError, ValueError, RuntimeError, zipfile.BadZipFile, EOFError) as error:
        raise ModelFileError(
            "has damaged weights.", remedy=REMEDY_DAMAGED, details=str(error)
        ) from error


def check_datasets(file: Any) -> None:
    """Refuse HDF5 content that reaches outside the file, or unpacks beyond MAX_UNPACKED."""
    import h5py

    unpacked = 0
    waiting = [file]
    while waiting:
        group = waiting.pop()
        for key in group:
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise ModelFileError(f"links to something else at {key!r}.", remedy=REMEDY_CODE)
            item = group[key]
            if isinstance(item, h5py.Group):
                waiting.append(item)
                continue
            if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                raise ModelFileError(f"keeps {key!r} in another file.", remedy=REMEDY_CODE)
            unpacked += item.nbytes
            if unpacked > MAX_UNPACKED:
                _refuse_size()


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    foreign = sorted(set(names) - MEMBERS)
    if foreign:
        raise ModelFileError(
            f"holds {foreign[0]!r}, which is no part of a plain model.", remedy=REMEDY_CODE
        )
    if len(names) != len(set(names)) or not set(names) >= {"config.json", "model.weights.h5"}:
        raise ModelFileError("is not a complete .keras archive.", remedy=REMEDY_DAMAGED)
    sizes = {member.filename: member.file_size for member in members}
    if sum(sizes.values()) > MAX_UNPACKED or sizes["config.json"] > MAX_CONFIG:
        _refuse_size()


def _refuse_size() -> None:
    raise ModelFileError(
        f"unpacks to more than {MAX_UNPACKED // 1024 // 1024} MiB.",
        remedy="No microcontroller holds such a network; check that it is the right file.",
    )
