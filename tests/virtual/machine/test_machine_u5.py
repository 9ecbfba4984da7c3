"""The emulated STM32U5: clocks, power, flash and ICACHE say what their registers make."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.stations import machine
from tinylab.boards import clocks
from tinylab.boards.catalog import by_name
from tinylab.sim.machine import Machine

U5 = by_name("nucleo_u575zi_q")
RCC, PWR, FLASH, ICACHE = 0x4602_0C00, 0x4602_0800, 0x4002_2000, 0x4003_0400
REGISTERS = {
    "rcc_icscr1": RCC + 0x08,
    "rcc_cfgr1": RCC + 0x1C,
    "rcc_pll1cfgr": RCC + 0x28,
    "rcc_pll1divr": RCC + 0x34,
    "flash_acr": FLASH,
    "pwr_vosr": PWR + 0x0C,
}
RCC_CR, RCC_AHB3ENR = RCC, RCC + 0x94
NSKEYR, NSSR, NSCR = FLASH + 0x08, FLASH + 0x20, FLASH + 0x28
HSION, HSIRDY, PLL1ON, PLL1RDY, MSISRDY = 1 << 8, 1 << 10, 1 << 24, 1 << 25, 1 << 2
PWREN, BOOSTRDY, VOSRDY, BOOSTEN = 1 << 2, 1 << 14, 1 << 15, 1 << 18
PG, PER, MER1, BKER, MER2 = 1 << 0, 1 << 1, 1 << 2, 1 << 11, 1 << 15
STRT, LOCK, WDW = 1 << 16, 1 << 31, 1 << 17
PROGERR, PGAERR, SIZERR, PGSERR = 1 << 3, 1 << 5, 1 << 6, 1 << 7
ADC_ISR, ADC_CR, ADC_DR = 0x4202_8000, 0x4202_8008, 0x4202_8040
ADRDY, EOC, LDORDY = 1 << 0, 1 << 2, 1 << 12
ADEN, ADDIS, ADSTART, ADVREGEN, ADCAL = 1, 1 << 1, 1 << 2, 1 << 28, 1 << 31
OTG_GRSTCTL, OTG_GINTSTS = 0x4204_0010, 0x4204_0014
CSRST, AHBIDL = 1 << 0, 1 << 31
MEMORY, SECOND_BANK = 0x0800_0000, 0x0810_0000


def put(made: Machine, address: int, *words: int, size: int = 4) -> None:
    for index, word in enumerate(words):
        made.debug_write(address + size * index, word.to_bytes(size, "little"), size)


def get(made: Machine, address: int) -> int:
    data = made.debug_read(address, 4, 4)
    assert data is not None
    return int.from_bytes(data, "little")


@pytest.fixture
def u5() -> Iterator[Machine]:
    with machine(U5) as made:
        yield made


def words_for(hz: float) -> dict[str, int]:
    return dict(zip(clocks.words_of(U5), clocks.solve(U5, hz).words, strict=True))


def apply(made: Machine, words: dict[str, int]) -> None:
    """As the firmware does."""
    put(made, RCC_AHB3ENR, PWREN)
    if words["rcc_cfgr1"]:
        put(made, RCC_CR, get(made, RCC_CR) | HSION)
    for name in ("rcc_pll1cfgr", "rcc_pll1divr", "pwr_vosr", "flash_acr", "rcc_icscr1"):
        put(made, REGISTERS[name], words[name])
    if words["rcc_cfgr1"]:
        put(made, RCC_CR, get(made, RCC_CR) | PLL1ON)
    put(made, REGISTERS["rcc_cfgr1"], words["rcc_cfgr1"])


def test_after_a_reset_it_runs_from_msis_without_booster_or_wait_states(u5: Machine) -> None:
    assert u5.core_hz == 4e6
    assert get(u5, RCC_CR) & MSISRDY
    assert get(u5, REGISTERS["pwr_vosr"]) == VOSRDY
    assert u5.part.flash.wait_states == 0


@pytest.mark.parametrize("mhz", [0.1, 1, 4, 16, 24, 37, 48, 55, 80, 110, 158, 160])
def test_it_runs_at_the_frequency_that_the_solver_meant(u5: Machine, mhz: float) -> None:
    words = words_for(mhz * 1e6)
    apply(u5, words)
    assert u5.core_hz == pytest.approx(mhz * 1e6, abs=500)
    ready = BOOSTRDY if words["pwr_vosr"] & BOOSTEN else 0
    assert get(u5, REGISTERS["pwr_vosr"]) & (BOOSTRDY | VOSRDY) == VOSRDY | ready


def test_power_takes_no_writes_without_a_clock(u5: Machine) -> None:
    put(u5, REGISTERS["pwr_vosr"], 3 << 16)
    assert get(u5, REGISTERS["pwr_vosr"]) == VOSRDY


def test_the_booster_needs_a_source_that_runs_and_is_within_its_limits(u5: Machine) -> None:
    words = words_for(160e6)
    put(u5, RCC_AHB3ENR, PWREN)
    put(u5, REGISTERS["pwr_vosr"], words["pwr_vosr"])
    assert not get(u5, REGISTERS["pwr_vosr"]) & BOOSTRDY, "PLL1 has no source"
    put(u5, REGISTERS["rcc_pll1cfgr"], words["rcc_pll1cfgr"])
    assert not get(u5, REGISTERS["pwr_vosr"]) & BOOSTRDY, "HSI16 is off"
    put(u5, RCC_CR, get(u5, RCC_CR) | HSION)
    assert get(u5, RCC_CR) & HSIRDY
    assert get(u5, REGISTERS["pwr_vosr"]) & BOOSTRDY
    put(u5, REGISTERS["rcc_pll1cfgr"], words["rcc_pll1cfgr"] | 4 << 12)  # / 8: 2 MHz
    assert not get(u5, REGISTERS["pwr_vosr"]) & BOOSTRDY


def test_the_pll_gets_ready_only_with_a_source_and_keeps_its_settings_then(u5: Machine) -> None:
    words = words_for(160e6)
    put(u5, REGISTERS["rcc_pll1cfgr"], words["rcc_pll1cfgr"])
    put(u5, RCC_CR, get(u5, RCC_CR) | PLL1ON)
    assert not get(u5, RCC_CR) & PLL1RDY
    put(u5, RCC_CR, get(u5, RCC_CR) | HSION)
    assert get(u5, RCC_CR) & PLL1RDY
    put(u5, REGISTERS["rcc_pll1divr"], words["rcc_pll1divr"])
    assert get(u5, REGISTERS["rcc_pll1divr"]) != words["rcc_pll1divr"]


def test_the_icache_is_switched_and_forgets(u5: Machine) -> None:
    assert not u5.part.icache.enabled
    put(u5, ICACHE, 0b101)
    timing = u5.part.memory_timing(u5.part.rcc.tree)
    assert timing.instruction_cache
    assert not timing.direct_mapped
    put(u5, ICACHE, 0b001)
    assert get(u5, ICACHE) == 0b101, "the number of ways cannot change while it is on"
    put(u5, ICACHE, 0b111)
    assert get(u5, ICACHE + 4) == 0b10, "invalidated, and not busy any more"
    put(u5, ICACHE + 0xC, 0b10)
    assert get(u5, ICACHE + 4) == 0


def unlock(made: Machine) -> None:
    put(made, NSKEYR, 0x4567_0123)
    put(made, NSKEYR, 0xCDEF_89AB)


def test_the_adc_gets_ready_and_measures_nothing(u5: Machine) -> None:
    put(u5, ADC_CR, 0)
    put(u5, ADC_CR, ADVREGEN)
    assert get(u5, ADC_CR) == ADVREGEN
    put(u5, ADC_CR, ADVREGEN | ADCAL)
    assert get(u5, ADC_CR) == ADVREGEN
    put(u5, ADC_CR, ADVREGEN | ADEN)
    assert get(u5, ADC_ISR) == LDORDY | ADRDY
    put(u5, ADC_CR, ADVREGEN | ADSTART)
    assert get(u5, ADC_ISR) & EOC
    assert get(u5, ADC_DR) == 0
    assert not get(u5, ADC_ISR) & EOC
    put(u5, ADC_CR, ADVREGEN | ADDIS)
    assert get(u5, ADC_CR) == ADVREGEN
    assert not get(u5, ADC_ISR) & ADRDY


def test_the_usb_device_can_be_set_up_and_nobody_is_there(u5: Machine) -> None:
    assert get(u5, OTG_GRSTCTL) == AHBIDL
    put(u5, OTG_GRSTCTL, CSRST)
    assert get(u5, OTG_GRSTCTL) == AHBIDL
    put(u5, OTG_GINTSTS, 0xBFFF_FFFF)
    assert get(u5, OTG_GINTSTS) == 0


def test_flash_is_locked_until_both_keys_come(u5: Machine) -> None:
    put(u5, NSCR, PG)
    assert get(u5, NSCR) & LOCK
    unlock(u5)
    assert not get(u5, NSCR) & LOCK


def test_a_quad_word_is_programmed_when_it_is_complete(u5: Machine) -> None:
    unlock(u5)
    put(u5, NSCR, PG)
    put(u5, MEMORY, 1, 2, 3)
    assert get(u5, NSSR) & WDW
    assert get(u5, MEMORY) == 0xFFFF_FFFF
    put(u5, MEMORY + 12, 4)
    assert not get(u5, NSSR) & WDW
    assert [get(u5, MEMORY + at) for at in (0, 4, 8, 12)] == [1, 2, 3, 4]


def test_flash_refuses_what_silicon_refuses(u5: Machine) -> None:
    def error_of(address: int, *words: int, size: int = 4) -> int:
        put(u5, address, *words, size=size)
        errors = get(u5, NSSR)
        put(u5, NSSR, errors)
        return errors

    unlock(u5)
    assert error_of(MEMORY, 1) == PGSERR, "PG is not set"
    put(u5, NSCR, PG)
    assert error_of(MEMORY, 1, size=2) == SIZERR
    assert error_of(MEMORY + 4, 1) == PGAERR, "it begins at a multiple of 16 bytes"
    assert error_of(MEMORY, 1, 2, 3, 4) == 0
    assert error_of(MEMORY, 5, 6, 7, 8) == PROGERR, "it is not erased"
    assert error_of(MEMORY, 0, 0, 0, 0) == 0
    assert get(u5, MEMORY) == 0


def test_pages_and_banks_are_erased(u5: Machine) -> None:
    unlock(u5)
    places = [MEMORY, MEMORY + 0x2000, SECOND_BANK, SECOND_BANK + 0x2000]

    def left() -> list[bool]:
        return [get(u5, place) == 7 for place in places]

    put(u5, NSCR, PG)
    for place in places:
        put(u5, place, 7, 7, 7, 7)
    put(u5, NSCR, PER | 1 << 3 | STRT)
    assert left() == [True, False, True, True]
    put(u5, NSCR, PER | BKER | STRT)
    assert left() == [True, False, False, True]
    put(u5, NSCR, MER2 | STRT)
    assert left() == [True, False, False, False]
    put(u5, NSCR, MER1 | STRT)
    assert not any(left())
