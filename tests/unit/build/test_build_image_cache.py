"""The cache of finished images."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinylab.build import image_cache

ID = bytes(range(16))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))


def test_stored_image_comes_back() -> None:
    path = image_cache.store(ID, b"image")
    assert path.read_bytes() == b"image"
    assert image_cache.load(ID) == b"image"
    assert image_cache.load(bytes(16)) is None


def test_damaged_image_is_not_given_and_can_be_replaced() -> None:
    image_cache.store(ID, b"image").write_bytes(b"imagE")
    assert image_cache.load(ID) is None
    image_cache.store(ID, b"image")
    assert image_cache.load(ID) == b"image"


def test_longest_unused_images_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_cache, "KEPT", 2)
    for number in range(2):
        folder = image_cache.store(bytes([number] * 16), b"image").parent
        os.utime(folder, (number, number))
    assert image_cache.load(bytes([0] * 16)) is not None
    image_cache.store(bytes([2] * 16), b"image")
    assert image_cache.load(bytes([1] * 16)) is None
    assert image_cache.load(bytes([0] * 16)) is not None
