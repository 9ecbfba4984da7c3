"""Checks a .keras or .h5 file before it is read, and rejects what is not a plain model.

A plain model has bounded sizes, only a configuration and weights, no links, and a
configuration that passes `config`. This module never imports Keras or unpickles data.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import h5py

from tinylab.errors import ModelFileError
from tinylab.zoo import signatures
from tinylab.zoo.keras.config import REMEDY_CODE, REMEDY_DAMAGED, check_config
from tinylab.zoo.keras.heap_scan import check_heaps

MEMBERS = frozenset({"metadata.json", "config.json", "model.weights.h5"})
MAX_CONFIG = 16 * 1024 * 1024
MAX_UNPACKED = 256 * 1024 * 1024
UNREADABLE = (OSError, KeyError, ValueError, RuntimeError, TypeError)
"""What h5py raises for a damaged file."""
UNREADABLE_ARCHIVE = (*UNREADABLE, EOFError, zipfile.BadZipFile, zlib.error)
"""The same, and what zipfile raises."""


Datasets = dict[str, Any]
"""The HDF5 datasets of a file by path, without a leading slash; not read yet."""


def scan_keras(path: Path) -> dict[str, Any]:
    """Check a .keras archive; returns its configuration. Raises ModelFileError."""
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive.infolist())
            text = archive.read("config.json")
    except UNREADABLE_ARCHIVE as error:
        raise ModelFileError(
            "is not a complete .keras archive.", remedy=REMEDY_DAMAGED, details=str(error)
        ) from error
    return check_config(text)


def version_of_archive(path: Path) -> int:
    """The version of Keras that saved a checked .keras archive: 2 or 3. Without it, 3."""
    try:
        with zipfile.ZipFile(path) as archive:
            metadata = json.loads(archive.read("metadata.json"))
    except (*UNREADABLE_ARCHIVE, RecursionError):
        return 3
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    return 2 if _is_old(version) else 3


def version_of_hdf5(file: h5py.File) -> int:
    """The same for an .h5 file; old ones do not state it."""
    return 2 if _is_old(file.attrs.get("keras_version", "2")) else 3


def _is_old(version: object) -> bool:
    text = version.decode("ascii", "replace") if isinstance(version, bytes) else str(version)
    return text.partition(".")[0] in ("0", "1", "2")


@contextmanager
def opened_weights(path: Path) -> Iterator[Datasets]:
    """The checked weights in a .keras archive. Raises ModelFileError."""
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            # HDF5 reads here and there, and in an archive each step back starts at the beginning.
            member = BytesIO(archive.read("model.weights.h5"))
            datasets = check_datasets(stack.enter_context(h5py.File(member, "r")))
        except UNREADABLE_ARCHIVE as error:
            raise ModelFileError(
                "has damaged weights.", remedy=REMEDY_DAMAGED, details=str(error)
            ) from error
        yield datasets


@contextmanager
def opened_hdf5(path: Path) -> Iterator[tuple[dict[str, Any], h5py.File, Datasets]]:
    """The configuration, file and datasets of an .h5 model, checked. Raises ModelFileError."""
    with ExitStack() as stack:
        try:
            check_heaps(path)
            file = stack.enter_context(h5py.File(path, "r"))
            config = file.attrs.get("model_config")
            datasets = check_datasets(file)
        except UNREADABLE as error:
            raise ModelFileError(
                "is not a complete HDF5 file.", remedy=REMEDY_DAMAGED, details=str(error)
            ) from error
        yield _config(config), file, datasets


def _config(attribute: object) -> dict[str, Any]:
    if attribute is None:
        raise ModelFileError(
            "contains weights but no model.",
            remedy="Save the whole model with model.save(), not its weights alone.",
        )
    if isinstance(attribute, str):
        attribute = attribute.encode(errors="replace")
    if not isinstance(attribute, bytes):
        raise ModelFileError("has a damaged configuration.", remedy=REMEDY_DAMAGED)
    if len(attribute) > MAX_CONFIG:
        _refuse_size()
    return check_config(attribute)


def check_datasets(file: h5py.File) -> Datasets:
    """All datasets by path; backslashes, written by Keras 2 on Windows, become slashes.

    Rejects content that refers outside the file, or unpacks to more than MAX_UNPACKED.
    """
    datasets: Datasets = {}
    unpacked = 0
    waiting = [("", file)]
    seen = {file["/"]}
    while waiting:
        place, group = waiting.pop()
        for key in group:
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                raise ModelFileError(f"has a link at {key!r}.", remedy=REMEDY_CODE)
            item = group[key]
            path = f"{place}{key}".replace("\\", "/")
            if isinstance(item, h5py.Group):
                if item in seen:
                    raise ModelFileError(f"contains {key!r} twice.", remedy=REMEDY_CODE)
                seen.add(item)
                waiting.append((f"{path}/", item))
                continue
            if not isinstance(item, h5py.Dataset) or item.external or item.is_virtual:
                raise ModelFileError(f"stores {key!r} in another file.", remedy=REMEDY_CODE)
            unpacked += 0 if item.shape is None else item.nbytes
            if unpacked > MAX_UNPACKED:
                _refuse_size()
            datasets[path] = item
    return datasets


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if not {"config.json", "model.weights.h5"} & set(names):
        _refuse_archive(names)
    foreign = sorted(set(names) - MEMBERS)
    if foreign:
        raise ModelFileError(
            f"contains {foreign[0]!r}, which is not part of a plain model.", remedy=REMEDY_CODE
        )
    if len(names) != len(set(names)) or not set(names) >= {"config.json", "model.weights.h5"}:
        raise ModelFileError("is not a complete .keras archive.", remedy=REMEDY_DAMAGED)
    sizes = {member.filename: member.file_size for member in members}
    if sum(sizes.values()) > MAX_UNPACKED or sizes["config.json"] > MAX_CONFIG:
        _refuse_size()


def _refuse_archive(names: list[str]) -> NoReturn:
    """Raises ModelFileError for an archive that has no member of a Keras model."""
    if any(name.rpartition("/")[2] == "data.pkl" for name in names):
        raise ModelFileError("is a PyTorch file, which is not supported.", remedy=signatures.REMEDY)
    if any(name.endswith("saved_model.pb") for name in names):
        raise ModelFileError(
            "is a zip archive of a SavedModel, which is not supported.", remedy=signatures.REMEDY
        )
    raise ModelFileError("is a zip archive, but not a Keras model.", remedy=signatures.REMEDY)


def _refuse_size() -> None:
    raise ModelFileError(
        f"unpacks to more than {MAX_UNPACKED // 1024 // 1024} MiB.",
        remedy="A network of this size fits no microcontroller; check that it is the right file.",
    )
