"""Finished images, kept by build id."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from tinylab import paths

KEPT = 200
"""Images beyond this number are dropped, the longest unused first."""


def image_path(build_id: bytes) -> Path:
    return _folder() / build_id.hex() / "firmware.elf"


def load(build_id: bytes) -> bytes | None:
    """The ELF kept under `build_id`; None when there is none or it is not what was kept."""
    path = image_path(build_id)
    try:
        data = path.read_bytes()
        expected = path.with_suffix(".sha256").read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None
    if hashlib.sha256(data).hexdigest() != expected:
        return None
    with suppress(OSError):
        os.utime(path.parent)
    return data


def store(build_id: bytes, data: bytes) -> Path:
    """Keeps an ELF under `build_id`, whole or not at all; returns its path."""
    final = image_path(build_id).parent
    _folder().mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=_folder(), prefix="."))
    try:
        (fresh / "firmware.elf").write_bytes(data)
        (fresh / "firmware.sha256").write_text(hashlib.sha256(data).hexdigest(), encoding="ascii")
        shutil.rmtree(final, ignore_errors=True)
        fresh.rename(final)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)
        raise
    _drop_unused()
    return final / "firmware.elf"


def _folder() -> Path:
    return paths.cache() / "images"


def _drop_unused() -> None:
    with suppress(OSError):
        kept = sorted(_folder().glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime)
        for folder in kept[:-KEPT]:
            shutil.rmtree(folder, ignore_errors=True)
