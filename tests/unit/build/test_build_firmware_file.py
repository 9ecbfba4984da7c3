"""Images built elsewhere are read, and refused for the board they are not for."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.own_firmware import own_elf
from tinylab.boards.board import Board
from tinylab.boards.catalog import by_name
from tinylab.build.core_attributes import CompiledFor
from tinylab.build.firmware_file import read_firmware
from tinylab.errors import DoesNotFit, InputError

WB, F446, H7 = (by_name(f"nucleo_{name}") for name in ("wb55rg", "f446re", "h723zg"))
IDLE = "void reset(void) { for (;;) {} }"


def compiled(folder: Path, *flags: str) -> Path:
    """A linked program by other flags, with the attributes that the compiler gives it."""
    source = folder / "main.c"
    source.write_text(
        "int twice(int x) { return 2 * x; }\n"
        '__attribute__((section(".vectors"))) const unsigned table[2] = {0x20001000, 0x08000101};'
        "void _start(void) { for (;;) {} }"
    )
    path = folder / "main.elf"
    command = ["arm-none-eabi-gcc", "-mthumb", "-nostdlib", "-ffreestanding", *flags]
    command += ["-Wl,--section-start=.vectors=0x08000000,-Ttext=0x08000100", str(source)]
    subprocess.run([*command, "-o", str(path)], check=True)
    return path


M4 = ("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", "-mfloat-abi=hard")
M7 = ("-mcpu=cortex-m7", "-mfpu=fpv5-d16", "-mfloat-abi=hard")
M7_SINGLE = ("-mcpu=cortex-m7", "-mfpu=fpv5-sp-d16", "-mfloat-abi=hard")
GOOD = [
    (WB, M4), (WB, ("-mcpu=cortex-m4",)), (WB, ("-mcpu=cortex-m0",)), (WB, ("-mcpu=cortex-m3",)),
    (H7, M4), (H7, M7), (H7, M7_SINGLE),
]  # fmt: skip
REFUSED = [
    (WB, M7, "fpv5-d16"),
    (WB, M7_SINGLE, "fpv5-sp-d16"),
    (WB, ("-mcpu=cortex-m33", "-mfloat-abi=soft"), "Cortex-M33"),
    (H7, ("-mcpu=cortex-m33", "-mfloat-abi=soft"), "Cortex-M33"),
    (WB, ("-mcpu=cortex-m23",), "Cortex-M23"),
    (H7, ("-mcpu=cortex-m55", "-mfloat-abi=soft"), "Cortex-M55"),
    (WB, ("-mcpu=cortex-a9",), "7-A"),
]


@pytest.mark.parametrize(("board", "flags"), GOOD)
def test_images_for_the_core_are_taken(
    board: Board, flags: tuple[str, ...], tmp_path: Path
) -> None:
    image = read_firmware(compiled(tmp_path, *flags), board)
    assert image.compiled_for is not None
    image.check(board, strict_ram=False)


@pytest.mark.parametrize(("board", "flags", "named"), REFUSED)
def test_images_for_another_core_are_refused(
    board: Board, flags: tuple[str, ...], named: str, tmp_path: Path
) -> None:
    image = read_firmware(compiled(tmp_path, *flags), board)
    with pytest.raises(InputError, match=named) as caught:
        image.check(board, strict_ram=True)
    assert f"-mcpu={board.core}" in caught.value.remedy


def test_floating_point_is_told_apart_by_generation_and_width() -> None:
    CompiledFor("Armv7E-M", "fpv4-sp-d16").check("image", H7)
    with pytest.raises(InputError, match="fpv4-d16"):
        CompiledFor("Armv7E-M", "fpv4-d16").check("image", WB)


def test_an_object_file_is_not_linked(tmp_path: Path) -> None:
    source, target = tmp_path / "main.c", tmp_path / "main.o"
    source.write_text("int x;")
    subprocess.run(["arm-none-eabi-gcc", "-c", str(source), "-o", str(target)], check=True)
    with pytest.raises(InputError, match="not linked"):
        read_firmware(target, WB)


def test_bytes_without_a_name_are_recognised_as_elf(tmp_path: Path) -> None:
    path = own_elf(WB, tmp_path, IDLE).rename(tmp_path / "firmware")
    assert read_firmware(path, WB).kind == "ELF"


def test_an_image_behind_a_bootloader_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "app.hex"
    path.write_text(":020000040801F1\n:0400000000100020CC\n:00000001FF\n")
    image = read_firmware(path, WB)
    with pytest.raises(InputError, match="begins at 0x08010000") as caught:
        image.check(WB, strict_ram=True)
    assert "bootloader" in caught.value.remedy


def test_memory_that_only_silicon_has_is_no_error_there(tmp_path: Path) -> None:
    """A record that does not list the SRAM2 behind SRAM1."""
    less = replace(WB, other_ram=(), aliases=())
    large = replace(less, ram=(replace(WB.ram[0], size=WB.ram[0].size + 0x8000),))
    source = "NOINIT volatile char x[0x30100];" + IDLE
    image = read_firmware(own_elf(large, tmp_path, source), WB)
    image.check(large, strict_ram=True)
    image.check(less, strict_ram=False)
    with pytest.raises(DoesNotFit, match="SRAM1 of the NUCLEO-WB55RG: 256 bytes missing"):
        image.check(less, strict_ram=True)
    image.check(WB, strict_ram=True)
    other = read_firmware(own_elf(H7, tmp_path / "h7", IDLE), WB)
    with pytest.raises(InputError):
        other.check(WB, strict_ram=False)


def test_variables_may_reach_over_memories_in_a_row(tmp_path: Path) -> None:
    first = WB.ram[0]
    second = replace(first, name="SRAM2", base=first.base + first.size, size=0x8000)
    less = replace(WB, other_ram=(), aliases=())
    two = replace(less, ram=(first, second))
    one = replace(less, ram=(replace(first, size=first.size + second.size),))
    image = read_firmware(own_elf(one, tmp_path, "NOINIT volatile char x[0x34000];" + IDLE), one)
    image.check(two, strict_ram=True)
    with pytest.raises(DoesNotFit, match="SRAM1"):
        image.check(replace(two, ram=(first, replace(second, base=0x3000_0000))), strict_ram=True)
