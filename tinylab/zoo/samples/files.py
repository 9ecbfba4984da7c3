"""Reads files of samples: .npz, .npy and .csv, by their content, whatever their names are.

The file is untrusted: nothing in it is unpickled, and no size that it states is believed.
"""

from __future__ import annotations

import errno
import hashlib
import io
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tinylab import plain_files
from tinylab.errors import InputError
from tinylab.zoo.samples import tables
from tinylab.zoo.samples.tables import REMEDY, Numbers

MAX_BYTES = 256 * plain_files.MIB
"""Of the file, and of what an archive unpacks to."""
MAX_ARRAYS = 64
NPY, ZIP = b"\x93NUMPY", b"PK"
NUMERIC = "biuf"
"""Kinds of numpy types: booleans, integers, floats."""
_DAMAGE = (
    ValueError, SyntaxError, TypeError, KeyError, AttributeError, RecursionError, MemoryError,
    OverflowError, EOFError, struct.error, tokenize.TokenError,
)  # fmt: skip
_ZIP_DAMAGE = (
    zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, OSError,
    ValueError, struct.error,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class SampleFile:
    """The arrays in a file by name. A .csv has one, `""`: a row for each sample.

    `columns` are the names in a .csv's first line; `lines` are the lines of its samples.
    """

    name: str
    sha256: str
    arrays: Mapping[str, Numbers]
    columns: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()

    def __len__(self) -> int:
        """The number of samples, by the first array."""
        first = next(iter(self.arrays.values()), None)
        return 0 if first is None or not first.ndim else len(first)

    @property
    def is_table(self) -> bool:
        return "" in self.arrays


def read(path: Path) -> SampleFile:
    """The samples in a file.

    Raises InputError if it cannot be read, is too large, or has something else than numbers.
    """
    content = _bytes(path)
    name, digest = path.name, hashlib.sha256(content).hexdigest()
    if content.startswith(NPY):
        return SampleFile(name, digest, {"x": _npy(content, name)})
    if content.startswith(ZIP):
        return SampleFile(name, digest, dict(_npz(content, name)))
    return _table(content, name, digest)


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        return plain_files.read(path, MAX_BYTES)
    except FileNotFoundError as error:
        raise InputError(
            f"There is no data file {path}.", remedy="Check the path; --data takes a file."
        ) from error
    except (OSError, ValueError) as error:  # ValueError: the path contains NUL
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read: {why}.", remedy=REMEDY) from error


def _npy(content: bytes, where: str) -> Numbers:
    """One array from the bytes of an .npy file."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        known = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }
        shape, in_columns, dtype = known[version](file)
    except _DAMAGE as error:
        raise InputError(f"{where} is damaged: its header is no .npy.", remedy=REMEDY) from error
    _check_type(dtype, where)
    there = len(content) - file.tell()
    if min(shape, default=1) < 0 or math.prod(shape) * dtype.itemsize != there:
        raise InputError(
            f"{where} is damaged: its header promises an array of shape {shape} of {dtype}, "
            f"and {there:,} bytes follow.",
            remedy=REMEDY,
        )
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if in_columns else "C")


def _check_type(dtype: np.dtype[Any], where: str) -> None:
    if dtype.hasobject:
        raise InputError(f"{where} has Python objects, which are never unpickled.", remedy=REMEDY)
    if dtype.kind not in NUMERIC or dtype.subdtype is not None:
        raise InputError(f"{where} has no plain numbers, but {dtype}.", remedy=REMEDY)


def _npz(content: bytes, name: str) -> Iterator[tuple[str, Numbers]]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
        if len(members) > MAX_ARRAYS or sum(one.file_size for one in members) > MAX_BYTES:
            raise InputError(
                f"{name} unpacks to more than {MAX_ARRAYS} arrays or "
                f"{MAX_BYTES // plain_files.MIB} MiB.",
                remedy="Split it, and run the parts one after the other.",
            )
        unpacked = [(one.filename.removesuffix(".npy"), archive.read(one)) for one in members]
    except _ZIP_DAMAGE as error:
        raise InputError(f"{name} is a damaged archive: {error}.", remedy=REMEDY) from error
    for key, data in unpacked:
        if not key:
            raise InputError(f"{name} has an array without a name.", remedy=REMEDY)
        yield key, _npy(data, f"{key} in {name}")


def _table(content: bytes, name: str, digest: str) -> SampleFile:
    table = tables.read(content, name)
    return SampleFile(name, digest, {"": table.values}, table.columns, table.lines)
