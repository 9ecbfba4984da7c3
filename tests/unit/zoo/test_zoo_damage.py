"""Damaged and hostile model files: a reader returns what can be executed, or one sentence."""

from __future__ import annotations

import random
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import h5py
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.keras_files import layer, numbers, sequential, write_keras
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


def with_links(content: bytes, *links: tuple[str, str]) -> bytes:
    """An HDF5 file with more groups and hard links: `(new place, target)`."""
    buffer = BytesIO(content)
    with h5py.File(buffer, "a") as file:
        for place, target in links:
            file[place] = file.require_group(target)
    return buffer.getvalue()


CYCLES = [
    (("a/loop", "a"),),
    (("loop", "/"),),
    (("a/b/up", "a"),),
    (("a/x", "b"), ("b/x", "a")),
    tuple((f"g{i}/n{j}", f"g{(i + j) % 12}") for i in range(12) for j in range(12)),
]


@pytest.mark.parametrize("links", CYCLES)
def test_groups_that_contain_themselves_are_refused_at_once(
    links: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    hdf5 = tmp_path / "net.h5"
    hdf5.write_bytes(with_links(small.valid(".h5")[0], *links))
    keras = tmp_path / "net.keras"
    with (
        ZipFile(BytesIO(small.valid(".keras")[0])) as before,
        ZipFile(keras, "w") as after,
    ):
        for name in before.namelist():
            data = before.read(name)
            after.writestr(name, with_links(data, *links) if name.endswith(".h5") else data)
    for path in (hdf5, keras):
        with pytest.raises(ModelFileError, match=r"contains .* twice"):
            read(path)


def test_a_model_of_thirty_thousand_layers_is_refused(tmp_path: Path) -> None:
    chain = sequential(*(layer("ReLU", f"relu_{index}") for index in range(30_000)))
    path = write_keras(tmp_path / "net.keras", chain, {"layers/dense": [numbers(1)]})
    with pytest.raises(ModelFileError, match="has more than 2,000 layers"):
        read(path)
