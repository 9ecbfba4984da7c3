"""Damaged and hostile model files: a reader returns what can be executed, or one sentence."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.model_files import damage, small
from tests.fakes.model_files.verdict import read, verdict
from tinylab.errors import ModelFileError


@pytest.mark.parametrize("suffix", small.FORMATS)
def test_the_files_are_valid_before_they_are_damaged(suffix: str, tmp_path: Path) -> None:
    for content in small.valid(suffix):
        path = tmp_path / f"net{suffix}"
        path.write_bytes(content)
        assert len(read(path).layers) > 4
        assert verdict(path) is None


@pytest.mark.parametrize("suffix", small.FORMATS)
@settings(max_examples=200)
@given(seed=st.integers(0, 2**32))
def test_a_damaged_file_is_refused_or_can_be_executed(
    suffix: str, seed: int, tmp_path: Path
) -> None:
    path = tmp_path / f"net{suffix}"
    path.write_bytes(damage.damaged(suffix, random.Random(seed)))
    assert verdict(path) is None


def test_a_heap_without_an_end_is_found_before_the_library_reads_it(tmp_path: Path) -> None:
    """The size of its free space is 0: HDF5 would read that object again and again."""
    content = bytearray(small.valid(".h5")[0])
    at = content.find(b"GCOL") + 16
    while content[at : at + 2] != bytes(2):
        size = int.from_bytes(content[at + 8 : at + 16], "little")
        at += 16 + (size + 7) // 8 * 8
    content[at + 8 : at + 16] = bytes(8)
    path = tmp_path / "net.h5"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="is not a complete HDF5 file"):
        read(path)
