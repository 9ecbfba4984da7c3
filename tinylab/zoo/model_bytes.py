"""Reads the bytes of a model file, once: what is hashed is also what is loaded."""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path

from tinylab import plain_files
from tinylab.errors import ModelFileError
from tinylab.zoo.damage import REMEDY_MEMORY

MAX_FILE = 256 * plain_files.MIB
REMEDY = "Check the path and its permissions."


@dataclass(frozen=True)
class ModelBytes:
    """All of a file, as it was at one moment, and its SHA-256."""

    content: bytes
    sha256: str


def read(source: Path, expected: str = "") -> ModelBytes:
    """All of `source`. Never waits, and never reads more than MAX_FILE bytes.

    Raises ModelFileError if it is no regular file, too large or cannot be read, and if its SHA-256
    is not `expected`, where that is known.
    """
    try:
        if source.is_dir():
            raise FileNotFoundError
        content = plain_files.read(source, MAX_FILE)
    except FileNotFoundError as error:
        raise ModelFileError(f"{source}: there is no such file.", remedy=REMEDY) from error
    except OSError as error:
        if error.errno == errno.EFBIG:
            why = f"larger than {MAX_FILE // plain_files.MIB} MiB."
            raise ModelFileError(f"{source.name}: {why}", remedy=REMEDY_MEMORY) from error
        why = f"{source}: cannot be read: {error.strerror or error}."
        raise ModelFileError(why, remedy=REMEDY) from error
    digest = hashlib.sha256(content).hexdigest()
    if expected and digest != expected:
        raise ModelFileError(
            f"{source.name}: has changed since it was read.", remedy="Start again."
        )
    return ModelBytes(content, digest)
