"""The cache of finished images."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tinylab.build import images

ID = bytes(range(16))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(tmp_path))


def test_stored_image_comes_back() -> None:
    path = images.store(ID, b"image")
    assert path.read_bytes() == b"image"
    assert images.load(ID) == b"image"
    assert images.load(bytes(16)) is None


def test_damaged_image_is_not_given_and_can_be_replaced() -> None:
    images.store(ID, b"image").write_bytes(b"imagE")
    assert images.load(ID) is None
    images.store(ID, b"image")
    assert images.load(ID) == b"image"


def test_longest_unused_images_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "KEPT", 2)
    for number in range(2):
        folder = images.store(bytes([number] * 16), b"image").parent
        os.utime(folder, (number, number))
    assert images.load(bytes([0] * 16)) is not None
    images.store(bytes([2] * 16), b"image")
    assert images.load(bytes([1] * 16)) is None
    assert images.load(bytes([0] * 16)) is not None
