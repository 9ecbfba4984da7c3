"""Files beside an ONNX file that hold its weights, as PyTorch's exporter writes by default.

They are read, hashed and copied with the model, so that the process which opens them sees what was
hashed, and nothing else of the folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tinylab.errors import ModelFileError
from tinylab.zoo import model_bytes
from tinylab.zoo.model_bytes import MAX_FILE, ModelBytes

ENDINGS = (".data", "_data", ".bin", ".weights")
"""How the names of such files end."""
MOST = 8
REMEDY = "Save it as one file: onnx.save(onnx.load('model.onnx'), 'one_file.onnx')."


@dataclass(frozen=True)
class Companion:
    """A file beside the model: its name and content."""

    name: str
    content: bytes


def read(source: Path, model: ModelBytes) -> tuple[ModelBytes, tuple[Companion, ...]]:
    """The files whose names are in the model, and the model with the hash of all of it.

    Raises ModelFileError if they are too large, too many, or no regular files.
    """
    found: list[Companion] = []
    total = len(model.content)
    digest = hashlib.sha256(model.sha256.encode())
    for path in _named(source, model.content):
        taken = model_bytes.read(path)
        total += len(taken.content)
        if total > MAX_FILE or len(found) == MOST:
            raise ModelFileError(
                f"{source.name}: has its weights in more than {MOST} files, or in files of more "
                f"than {MAX_FILE // 1024 // 1024} MiB.",
                remedy=REMEDY,
            )
        digest.update(f"{path.name}\n{taken.sha256}\n".encode())
        found.append(Companion(path.name, taken.content))
    if not found:
        return model, ()
    return replace(model, sha256=digest.hexdigest()), tuple(found)


def write(companions: Sequence[Companion], folder: Path) -> None:
    """Into `folder`, under their names. Raises OSError."""
    for one in companions:
        (folder / one.name).write_bytes(one.content)


def _named(source: Path, content: bytes) -> Iterator[Path]:
    """Files of the folder whose names end as usual and occur in the model."""
    try:
        names = sorted(path.name for path in source.parent.iterdir())
    except OSError:
        return  # the folder cannot be listed: the weights are missing, and the reader says so
    for name in names:
        if name.endswith(ENDINGS) and name.encode("utf-8", "surrogateescape") in content:
            yield source.parent / name
