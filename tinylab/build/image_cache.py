"""A cache of built images by build id."""

from __future__ import annotations

from pathlib import Path

from tinylab.cached_folders import CachedFolders

KEPT = 200
"""Number of images kept; beyond it the least recently used are deleted."""
ELF = "firmware.elf"


def image_path(build_id: bytes) -> Path:
    return _images().path(build_id.hex()) / ELF


def load(build_id: bytes) -> bytes | None:
    """The ELF file stored under `build_id`; None if there is none or it was changed."""
    folder = _images().load(build_id.hex())
    return None if folder is None else (folder / ELF).read_bytes()


def store(build_id: bytes, data: bytes) -> Path:
    """Stores an ELF file under `build_id` atomically; returns its path."""
    return _images().store(build_id.hex(), {ELF: data}) / ELF


def _images() -> CachedFolders:
    return CachedFolders("images", KEPT)
