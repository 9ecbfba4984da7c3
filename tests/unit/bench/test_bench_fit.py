"""The fit check."""

import pytest

from tinylab.bench.prepare.fit import (
    FOREIGN_REMEDY,
    fits,
    flash_missing,
    ram_missing,
    require,
)
from tinylab.bench.prepare.placing import FIRMWARE_FLASH_BYTES, FIRMWARE_RAM_BYTES, Need
from tinylab.boards import catalog
from tinylab.build.memory_map import STACK_BYTES
from tinylab.errors import DoesNotFit, ExitCode
from tinylab.stream import frames
from tinylab.units import size

WB = catalog.by_name("nucleo_wb55rg")
H7 = catalog.by_name("nucleo_h723zg")


def need(weights: int = 1000, activations: int = 1000) -> Need:
    return Need(weights=weights, activations=activations, input=100, output=40)


def test_missing_bytes_of_flash_and_ram_are_told_apart() -> None:
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "big", need(2**20, 300_000), lambda how: need(2**18, 300_000))
    text = str(caught.value)
    assert "flash: 32,768 bytes missing" in text
    assert "RAM: " in text
    assert "does not help" in text
    assert caught.value.exit_code == ExitCode.BUILD


def test_the_least_compression_that_helps_is_named() -> None:
    sizes = {"x4": 2**20, "x8": 2**18}
    with pytest.raises(DoesNotFit, match="fits with --compression x8"):
        require(WB, "big", need(2**21), lambda how: need(sizes[how]))
    with pytest.raises(DoesNotFit, match="fits with --compression x4"):
        require(WB, "big", need(2**21), lambda how: need(2**18))
    with pytest.raises(DoesNotFit, match="does not fit even"):
        require(WB, "big", need(2**24), lambda how: need(2**22))


def test_programs_read_how_much_is_missing_and_what_would_help() -> None:
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "big", need(2**20, 300_000), lambda how: need(2**18, 300_000))
    assert caught.value.flash_missing == 32_768
    assert f"RAM: {caught.value.ram_missing:,} bytes missing" in caught.value.message
    assert caught.value.fitting_compression is None
    sizes = {"x4": 2**20, "x8": 2**18}
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "big", need(2**21), lambda how: need(sizes[how]))
    assert (caught.value.ram_missing, caught.value.fitting_compression) == (0, "x8")
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "foreign", need(2**21))
    assert caught.value.fitting_compression is None


def test_activations_may_stand_in_another_memory_than_the_stack() -> None:
    beyond_dtcm = H7.ram[0].size + 1000
    assert fits(H7, need(activations=beyond_dtcm))
    assert not fits(H7, need(activations=H7.ram[1].size + 1))
    assert fits(WB, need(activations=WB.ram[0].size - 20_000))
    assert not fits(WB, need(activations=WB.ram[0].size))


def test_the_last_byte_of_flash_and_of_ram_may_be_used() -> None:
    flash = WB.flash.size - FIRMWARE_FLASH_BYTES
    ram = WB.ram[0].size - need().fixed_ram
    assert (need().flash, need().fixed_ram) == (
        1000 + FIRMWARE_FLASH_BYTES,
        140 + FIRMWARE_RAM_BYTES,
    )
    assert fits(WB, need(flash, ram))
    assert (flash_missing(WB, need(flash + 3)), ram_missing(WB, need(0, ram + 5))) == (3, 5)
    assert not fits(WB, need(flash + 1, ram))
    assert not fits(WB, need(flash, ram + 1))
    require(WB, "just", need(flash, ram))


def test_input_and_output_stand_in_the_first_memory() -> None:
    first = H7.ram[0].size - FIRMWARE_RAM_BYTES
    assert ram_missing(H7, Need(0, 0, first - 40, 40)) == 0
    assert ram_missing(H7, Need(0, 0, first - 40, 47)) == 7
    assert not fits(H7, Need(0, 0, first, 1))


def test_a_first_memory_without_room_leaves_activations_to_the_others() -> None:
    full = H7.ram[0].size - FIRMWARE_RAM_BYTES
    assert ram_missing(H7, Need(0, H7.ram[1].size, full, 0)) == 0
    assert ram_missing(H7, Need(0, H7.ram[1].size + 7, full, 0)) == 7
    full = WB.ram[0].size - FIRMWARE_RAM_BYTES
    assert ram_missing(WB, Need(0, 5, full, 0)) == 5


def test_room_is_left_for_what_the_firmware_itself_needs() -> None:
    """Mailbox and ring, the stack, and the variables."""
    assert FIRMWARE_FLASH_BYTES == 32_768
    ring = frames.MAILBOX_BYTES + 4 * frames.RING_ENTRIES
    assert ring + STACK_BYTES + 1024 == FIRMWARE_RAM_BYTES


def test_ram_alone_is_told_alone_and_no_compression_would_help() -> None:
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "wide", need(0, WB.ram[0].size), lambda how: need(0, WB.ram[0].size))
    missing = need().fixed_ram
    total = f"({size(missing + WB.ram[0].size)} of {size(WB.ram[0].size)})"
    assert f": RAM: {missing:,} bytes missing in SRAM1 {total}" in caught.value.message
    assert "flash" not in caught.value.message
    assert "does not help" in caught.value.remedy


def test_a_network_of_somebody_elses_is_not_compressed() -> None:
    with pytest.raises(DoesNotFit) as caught:
        require(WB, "big", need(2**21))
    assert caught.value.remedy == FOREIGN_REMEDY


def test_code_with_less_ram_is_offered_before_compression() -> None:
    with pytest.raises(DoesNotFit, match="It fits with --optimize ram"):
        require(WB, "big", need(activations=300_000), lambda how: need(), lambda: need())
    larger = need(activations=300_000)
    with pytest.raises(DoesNotFit, match="does not help"):
        require(WB, "big", larger, lambda how: larger, lambda: need(activations=299_000))
