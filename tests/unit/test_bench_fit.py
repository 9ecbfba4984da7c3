"""The fit check."""

import pytest

from tinylab.bench.prepare.fit import Need, fits, require
from tinylab.boards import catalog
from tinylab.errors import DoesNotFit, ExitCode

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
    assert "would not help" in text
    assert caught.value.exit_code == ExitCode.BUILD


def test_the_least_compression_that_helps_is_named() -> None:
    sizes = {"x4": 2**20, "x8": 2**18}
    with pytest.raises(DoesNotFit, match="fits with --compression x8"):
        require(WB, "big", need(2**21), lambda how: need(sizes[how]))
    with pytest.raises(DoesNotFit, match="fits with --compression x4"):
        require(WB, "big", need(2**21), lambda how: need(2**18))
    with pytest.raises(DoesNotFit, match="Not even"):
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
