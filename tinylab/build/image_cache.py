"""Finished images, kept by build id."""

from __future__ import annotations

from pathlib import Path

from tinylab.cached_folders import CachedFolders

KEPT = 200
"""Images beyond this number are dropped, the longest unused first."""
ELF = "firmware.elf"


def image_path(build_id: bytes) -> Path:
    return _images().path(build_id.hex()) / ELF


def load(build_id: bytes) -> bytes | None:
    """The ELF kept under `build_id`; None when there is none or it is not what was kept."""
    folder = _images().load(build_id.hex())
    return None if folder is None else (folder / ELF).read_bytes()


def store(build_id: bytes, data: bytes) -> Path:
    """Keeps an ELF under `build_id`, whole or not at all; returns its path."""
    return _images().store(build_id.hex(), {ELF: data}) / ELF


def _images() -> CachedFolders:
    return CachedFolders("images", KEPT)
