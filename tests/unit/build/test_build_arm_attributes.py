"""The attributes of ST's libraries, as compilers write them and damaged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import networks
from tests.fakes.cubeai import library
from tinylab.boards import catalog
from tinylab.build.arm_attributes import attributes
from tinylab.build.core_attributes import decoded
from tinylab.build.elf import parse
from tinylab.build.runtime_library import Library
from tinylab.errors import BuildError


def subsection(vendor: bytes, contents: bytes) -> bytes:
    body = vendor + b"\0" + contents
    return (len(body) + 4).to_bytes(4, "little") + body


def of_file(values: bytes) -> bytes:
    return b"\1" + (len(values) + 5).to_bytes(4, "little") + values


M7 = b"\x05Cortex-M7\0\x06\x0d\x07M\x0a\x08\x1b\x01"
IAR = subsection(b"iar", b"\2\2\4\1\x08\2\x0a\2\x0e\1")


@pytest.mark.parametrize("arguments", [1, 3])
def test_a_second_vendor_behind_and_before(arguments: int) -> None:
    """3: no function takes or returns floats, so both ways of passing them fit."""
    ours = subsection(b"aeabi", of_file(M7 + b"\x1c" + bytes([arguments])))
    for section in (b"A" + ours, b"A" + ours + IAR, b"A" + IAR + ours):
        found = decoded(section)
        assert found is not None
        assert (found.architecture, found.cpu) == ("Armv7E-M", "Cortex-M7")
        assert found.floating_point == "fpv5-sp-d16"
        assert found.hard_float


def test_soft_and_softfp() -> None:
    for values in (M7, M7 + b"\x1c\0"):
        found = decoded(b"A" + subsection(b"aeabi", of_file(values)))
        assert found is not None
        assert not found.hard_float


def test_attributes_of_one_symbol_are_not_the_files() -> None:
    symbol = b"\3" + (9).to_bytes(4, "little") + b"\1\0\x1c\1"
    assert attributes(b"A" + subsection(b"aeabi", of_file(b"\x06\x0d") + symbol)) == {6: 13}


def test_what_has_no_attributes() -> None:
    for section in (b"", b"A", b"B" + subsection(b"aeabi", of_file(M7)), b"A" + IAR):
        assert decoded(section) is None


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_any_bytes_end(data: bytes) -> None:
    for section in (data, b"A" + data, b"A" + subsection(b"aeabi", data)):
        assert all(tag >= 0 for tag in attributes(section))


@settings(max_examples=200)
@given(st.data())
def test_any_damage_ends(data: st.DataObject) -> None:
    whole = bytearray(b"A" + subsection(b"aeabi", of_file(M7 + b"\x1c\3")) + IAR)
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    decoded(bytes(whole))


@pytest.mark.parametrize("old", [False, True])
def test_libraries_of_every_age(tmp_path: Path, old: bool) -> None:
    path = tmp_path / "NetworkRuntime_CM4_GCC.a"
    path.write_bytes(library.archive(networks.house_price(), "M4", "hard", old))
    assert Library(path).problem(catalog.by_name("nucleo_wb55rg")) == ""
    path.write_bytes(library.archive(networks.house_price(), "M4", "softfp", old))
    assert "soft" in Library(path).problem(catalog.by_name("nucleo_wb55rg")) or old


@settings(max_examples=150)
@given(st.data())
def test_any_damage_to_a_library_is_told(tmp_path: Path, data: st.DataObject) -> None:
    whole = bytearray(library.archive(networks.house_price(), "M4", "hard"))
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(st.integers(0, 4_000))] = data.draw(st.integers(0, 255))
    path = tmp_path / "NetworkRuntime_CM4_GCC.a"
    path.write_bytes(bytes(whole))
    Library(path).problem(catalog.by_name("nucleo_wb55rg"))


@settings(max_examples=200)
@given(st.data())
def test_any_damage_to_an_image_is_told(data: st.DataObject) -> None:
    archive = library.archive(networks.house_price(), "M4", "hard")
    begin = archive.index(b"\x7fELF")
    whole = bytearray(archive[begin : archive.index(b"\x7fELF", begin + 1)])
    sections = int.from_bytes(whole[32:36], "little")
    places = st.one_of(st.integers(4, 51), st.integers(sections, len(whole) - 1))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(places)] = data.draw(st.integers(0, 255))
    with suppress(BuildError):
        parse(bytes(whole))
