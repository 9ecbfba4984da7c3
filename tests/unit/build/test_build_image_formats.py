"""Images written for other tools have the bytes of the ELF file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.own_firmware import own_elf
from tinylab.boards.catalog import by_name
from tinylab.build.firmware_file import read_firmware
from tinylab.build.image_formats import FORMATS

WB = by_name("nucleo_wb55rg")
SOURCE = 'void reset(void) { serial_start(); print("up\\r\\n"); for (;;) {} }'


@pytest.mark.parametrize("suffix", FORMATS)
def test_each_format_reads_back(suffix: str, tmp_path: Path) -> None:
    elf = own_elf(WB, tmp_path / "build", SOURCE)
    path = tmp_path / f"image{suffix}"
    path.write_bytes(FORMATS[suffix](elf.read_bytes()))
    assert _flash(path) == _flash(elf)


def _flash(path: Path) -> dict[int, int]:
    """Byte by address, without erased ones."""
    return {
        segment.address + index: byte
        for segment in read_firmware(path, WB).segments
        for index, byte in enumerate(segment.data)
        if byte != 0xFF
    }
