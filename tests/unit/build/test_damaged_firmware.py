"""Whatever a firmware file holds, it is read or refused, in little time and memory."""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.own_firmware import own_elf
from tinylab.boards.catalog import by_name
from tinylab.build.elf import parse
from tinylab.build.firmware_file import LONGEST, LONGEST_HEX, read_firmware
from tinylab.errors import BuildError, DoesNotFit, ExitCode, InputError

WB = by_name("nucleo_wb55rg")
HEADER = struct.Struct("<16sHHIIIIIHHHHHH")
"""Elf32_Ehdr (System V ABI, chapter 4)."""
E_PHOFF, E_SHOFF, E_PHENTSIZE, E_PHNUM, E_SHENTSIZE, E_SHNUM = 5, 6, 9, 10, 11, 12
REFUSED = (ExitCode.INPUT, ExitCode.BUILD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged")


@pytest.fixture(scope="module")
def good(folder: Path) -> bytes:
    """With symbols and line information."""
    source = "NOINLINE int twice(int x) { return 2 * x; } void reset(void) { for (;;) twice(1); }"
    return own_elf(WB, folder / "good", source).read_bytes()


def reads(path: Path, data: bytes) -> None:
    """It is read, with its names and lines, or refused as other input is."""
    path.write_bytes(data)
    refused: InputError | DoesNotFit | None = None
    try:
        image = read_firmware(path, WB)
        image.check(WB, strict_ram=True)
    except (InputError, DoesNotFit) as error:
        refused = error
    else:
        assert image.segments
        for function in image.symbols.functions[:4]:
            image.symbols.place(function.address)
    if refused is not None:
        assert refused.exit_code in REFUSED
        assert path.name in refused.message
        assert refused.remedy


WORDS = st.sampled_from([0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF])
EDITS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.one_of(WORDS, st.integers(0, 2**32 - 1))),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(edits=EDITS, kept=st.one_of(st.just(1.0), st.floats(0, 1)))
def test_a_damaged_elf_is_read_or_refused(
    edits: list[tuple[float, int]], kept: float, good: bytes, folder: Path
) -> None:
    data = bytearray(good)
    for place, word in edits:
        at = int(place * len(data))
        data[at : at + 4] = word.to_bytes(4, "little")[: len(data) - at]
    reads(folder / "damaged.elf", bytes(b"\x7fELF" + data[4 : max(4, int(kept * len(data)))]))


@settings(max_examples=60)
@given(edits=EDITS)
def test_damaged_headers_of_our_own_images_are_build_errors(
    edits: list[tuple[float, int]], good: bytes
) -> None:
    data = bytearray(good)
    for place, word in edits:
        at = int(place * HEADER.size)
        data[at : at + 4] = word.to_bytes(4, "little")
    with suppress(BuildError):
        assert parse(bytes(data)).sha256


RECORD = st.builds(
    lambda data, address, kind: _record(data, address, kind),
    st.binary(max_size=20),
    st.integers(0, 0xFFFF),
    st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, 6]),
)


def _record(data: bytes, address: int, kind: int) -> str:
    body = bytes([len(data)]) + address.to_bytes(2, "big") + bytes([kind]) + data
    return f":{body.hex()}{-sum(body) & 0xFF:02x}\n"


@settings(max_examples=150)
@given(
    lines=st.one_of(
        st.text().map(str.encode),
        st.binary(),
        st.lists(RECORD, max_size=20).map(lambda records: "".join(records).encode()),
    )
)
def test_any_text_as_intel_hex_is_read_or_refused(lines: bytes, folder: Path) -> None:
    reads(folder / "any.hex", lines)


@settings(max_examples=50)
@given(data=st.binary(max_size=64))
def test_any_bytes_as_a_binary_are_read_or_refused(data: bytes, folder: Path) -> None:
    reads(folder / "any.bin", data)


def with_header(good: bytes, **fields: int) -> bytes:
    values = list(HEADER.unpack_from(good))
    for name, value in fields.items():
        values[globals()[name]] = value
    return HEADER.pack(*values) + good[HEADER.size :]


@pytest.mark.parametrize(
    "fields",
    [
        {"E_PHENTSIZE": 0, "E_PHNUM": 0xFFFE},
        {"E_SHENTSIZE": 0, "E_SHNUM": 0xFF00},
        {"E_PHNUM": 0xFFFF},
        {"E_SHNUM": 0},
        {"E_SHOFF": 0},
        {"E_PHOFF": 0xFFFF_FFF0},
    ],
    ids=str,
)
def test_headers_that_are_repeated_or_missing(
    fields: dict[str, int], good: bytes, folder: Path
) -> None:
    reads(folder / "header.elf", with_header(good, **fields))


def test_segments_that_are_loaded_again_and_again(good: bytes, folder: Path) -> None:
    """800 times the same 1 MiB."""
    megabyte = 1 << 20
    segment = struct.pack("<8I", 1, 0, 0x0800_0000, 0x0800_0000, megabyte, megabyte, 5, 4)
    damaged = with_header(good, E_PHOFF=len(good), E_PHNUM=800) + 800 * segment
    damaged = damaged.ljust(megabyte, b"\0")
    path = folder / "again.elf"
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="bytes are to be loaded from"):
        read_firmware(path, WB)


@pytest.mark.parametrize("suffix", ["elf", "bin", "hex"])
def test_what_is_no_regular_file_is_refused_at_once(suffix: str, folder: Path) -> None:
    """A device never ends, and a pipe without a writer blocks."""
    pipe, device = folder / f"pipe.{suffix}", folder / f"zero.{suffix}"
    os.mkfifo(pipe)
    device.symlink_to("/dev/zero")
    for path in (pipe, device):
        with pytest.raises(InputError, match="not a regular file"):
            read_firmware(path, WB)


@pytest.mark.parametrize(("suffix", "limit"), [("elf", LONGEST), ("hex", LONGEST_HEX)])
def test_a_file_that_is_too_large_is_not_read(suffix: str, limit: int, folder: Path) -> None:
    path = folder / f"large.{suffix}"
    path.touch()
    os.truncate(path, 5 << 30)
    with pytest.raises(InputError, match=f"larger than {limit >> 20} MiB"):
        read_firmware(path, WB)
    path.unlink()
