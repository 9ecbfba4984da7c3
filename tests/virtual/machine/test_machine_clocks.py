"""The emulated RCC, PWR and FLASH say what the words that were written make."""

from __future__ import annotations

import pytest

from tests.fakes.stations import machine
from tinylab.boards import clocks
from tinylab.boards.board import Board
from tinylab.boards.catalog import all_boards, by_name
from tinylab.sim.machine import Machine

WB, H7 = by_name("nucleo_wb55rg"), by_name("nucleo_h723zg")
F401, F446 = by_name("nucleo_f401re"), by_name("nucleo_f446re")
L4 = by_name("nucleo_l4r5zi")
F746, F767 = by_name("stm32f746g_disco"), by_name("nucleo_f767zi")

WB_REGISTERS = {
    "rcc_cr": 0x5800_0000,
    "rcc_pllcfgr": 0x5800_000C,
    "rcc_cfgr": 0x5800_0008,
    "rcc_extcfgr": 0x5800_0108,
    "flash_acr": 0x5800_4000,
}
H7_REGISTERS = {
    "rcc_pllckselr": 0x5802_4428,
    "rcc_pllcfgr": 0x5802_442C,
    "rcc_pll1divr": 0x5802_4430,
    "rcc_d1cfgr": 0x5802_4418,
    "rcc_d2cfgr": 0x5802_441C,
    "rcc_d3cfgr": 0x5802_4420,
    "flash_acr": 0x5200_2000,
    "pwr_d3cr": 0x5802_4818,
}
F4_REGISTERS = {
    "rcc_pllcfgr": 0x4002_3804,
    "rcc_cfgr": 0x4002_3808,
    "flash_acr": 0x4002_3C00,
    "pwr_cr": 0x4000_7000,
}
L4_REGISTERS = {
    "rcc_cr": 0x4002_1000,
    "rcc_pllcfgr": 0x4002_100C,
    "rcc_cfgr": 0x4002_1008,
    "flash_acr": 0x4002_2000,
    "pwr_cr1": 0x4000_7000,
    "pwr_cr5": 0x4000_7080,
}
RCC_APB1ENR1_L4, PWR_SR2_L4, VOSF = 0x4002_1058, 0x4000_7014, 1 << 10
RCC_CR_F4, RCC_APB1ENR, PWR_CSR = 0x4002_3800, 0x4002_3840, 0x4000_7004
PWREN, VOSRDY, ODRDY, ODSWRDY = 1 << 28, 1 << 14, 1 << 16, 1 << 17
RCC_CR_WB, RCC_CR_H7, RCC_CFGR_H7 = 0x5800_0000, 0x5802_4400, 0x5802_4410
PWR_CR3, PWR_CSR1, PWR_D3CR = 0x5802_480C, 0x5802_4804, 0x5802_4818
PLLON, PLLRDY = 1 << 24, 1 << 25
MSIRDY = 1 << 1


def words_for(board: Board, hz: float) -> dict[str, int]:
    return dict(zip(clocks.words_of(board), clocks.solve(board, hz).words, strict=True))


def write(made: Machine, address: int, value: int) -> None:
    assert made.debug_write(address, value.to_bytes(4, "little"), 4)


def read(made: Machine, address: int) -> int:
    data = made.debug_read(address, 4, 4)
    assert data is not None
    return int.from_bytes(data, "little")


def apply_wb(made: Machine, words: dict[str, int]) -> None:
    for name in ("flash_acr", "rcc_cr", "rcc_pllcfgr"):
        write(made, WB_REGISTERS[name], words[name])
    if words["rcc_pllcfgr"]:
        write(made, RCC_CR_WB, words["rcc_cr"] | PLLON)
    write(made, WB_REGISTERS["rcc_cfgr"], words["rcc_cfgr"])


def apply_h7(made: Machine, words: dict[str, int]) -> None:
    write(made, PWR_CR3, 2)
    for name in ("pwr_d3cr", "flash_acr", "rcc_pllckselr", "rcc_pllcfgr", "rcc_pll1divr"):
        write(made, H7_REGISTERS[name], words[name])
    write(made, RCC_CR_H7, read(made, RCC_CR_H7) | PLLON)
    for name in ("rcc_d1cfgr", "rcc_d2cfgr", "rcc_d3cfgr"):
        write(made, H7_REGISTERS[name], words[name])
    write(made, RCC_CFGR_H7, 3)


def apply_f4(made: Machine, words: dict[str, int]) -> None:
    write(made, RCC_APB1ENR, PWREN)
    for name in ("pwr_cr", "flash_acr"):
        write(made, F4_REGISTERS[name], words[name])
    if words["rcc_pllcfgr"]:
        write(made, F4_REGISTERS["rcc_pllcfgr"], words["rcc_pllcfgr"])
        write(made, RCC_CR_F4, read(made, RCC_CR_F4) | PLLON)
    write(made, F4_REGISTERS["rcc_cfgr"], words["rcc_cfgr"])


def apply_l4(made: Machine, words: dict[str, int]) -> None:
    write(made, RCC_APB1ENR1_L4, PWREN)
    for name in ("flash_acr", "pwr_cr5", "pwr_cr1", "rcc_cr", "rcc_pllcfgr"):
        write(made, L4_REGISTERS[name], words[name])
    if words["rcc_pllcfgr"]:
        write(made, L4_REGISTERS["rcc_cr"], words["rcc_cr"] | PLLON)
    write(made, L4_REGISTERS["rcc_cfgr"], words["rcc_cfgr"])


@pytest.mark.parametrize("board", all_boards(), ids=lambda board: board.name)
def test_the_clock_after_reset_is_the_reset_clock(board: Board) -> None:
    with machine(board) as made:
        assert made.core_hz == board.clocks.reset_hz


@pytest.mark.parametrize("mhz", [0.1, 2, 16, 24, 31, 32, 48, 64])
def test_wb_runs_at_the_frequency_that_the_solver_meant(mhz: float) -> None:
    with machine(WB) as made:
        apply_wb(made, words_for(WB, mhz * 1e6))
        assert made.core_hz == mhz * 1e6


@pytest.mark.parametrize("mhz", [8, 64, 180, 275, 400, 548, 550])
def test_h7_runs_at_the_frequency_that_the_solver_meant(mhz: float) -> None:
    with machine(H7) as made:
        apply_h7(made, words_for(H7, mhz * 1e6))
        assert made.core_hz == pytest.approx(mhz * 1e6, abs=500)


def test_a_wrong_wb_multiplier_shows_as_another_clock() -> None:
    words = words_for(WB, 64e6)
    words["rcc_pllcfgr"] += 1 << 8
    with machine(WB) as made:
        apply_wb(made, words)
        assert made.core_hz != 64e6
        assert made.core_hz > 60e6


def test_a_wrong_h7_divider_shows_as_another_clock() -> None:
    words = words_for(H7, 550e6)
    divm = words["rcc_pllckselr"] >> 4
    words["rcc_pllckselr"] = divm + 1 << 4
    with machine(H7) as made:
        apply_h7(made, words)
        assert made.core_hz == pytest.approx(550e6 * divm / (divm + 1))


def test_a_pll_that_is_off_is_never_ready_and_never_switched_to() -> None:
    words = words_for(WB, 64e6)
    with machine(WB) as made:
        write(made, WB_REGISTERS["rcc_pllcfgr"], words["rcc_pllcfgr"])
        write(made, WB_REGISTERS["rcc_cfgr"], words["rcc_cfgr"])
        assert not read(made, RCC_CR_WB) & PLLRDY
        assert read(made, WB_REGISTERS["rcc_cfgr"]) >> 2 & 3 == 0
        assert made.core_hz == 4e6


def test_a_pll_without_a_source_is_never_ready() -> None:
    with machine(WB) as made:
        write(made, WB_REGISTERS["rcc_pllcfgr"], words_for(WB, 64e6)["rcc_pllcfgr"] & ~3)
        write(made, RCC_CR_WB, read(made, RCC_CR_WB) | PLLON)
        assert read(made, RCC_CR_WB) & MSIRDY
        assert not read(made, RCC_CR_WB) & PLLRDY


def test_h7_pll_words_are_frozen_while_the_pll_runs() -> None:
    with machine(H7) as made:
        apply_h7(made, words_for(H7, 180e6))
        write(made, H7_REGISTERS["rcc_pll1divr"], words_for(H7, 550e6)["rcc_pll1divr"])
        assert made.core_hz == pytest.approx(180e6)


def test_h7_voltage_rises_only_after_the_supply_is_configured() -> None:
    ready, scale_0 = 1 << 13, 0
    with machine(H7) as made:
        write(made, PWR_D3CR, scale_0)
        assert not read(made, PWR_D3CR) & ready
        write(made, PWR_CR3, 2)
        write(made, PWR_D3CR, scale_0)
        assert read(made, PWR_D3CR) & ready
        assert read(made, PWR_CSR1) >> 14 & 3 == 0


def test_a_reset_brings_the_reset_clock_back() -> None:
    with machine(WB) as made:
        apply_wb(made, words_for(WB, 64e6))
        made.reset()
        assert made.core_hz == 4e6


def test_the_cycle_model_is_told_wait_states_caches_and_bus_ratio() -> None:
    with machine(WB) as wb, machine(H7) as h7:
        apply_wb(wb, words_for(WB, 64e6))
        timing = wb.part.memory_timing(wb.part.rcc.tree)
        assert (timing.wait_states, timing.instruction_cache, timing.data_cache) == (3, True, True)
        assert timing.prefetch
        apply_h7(h7, words_for(H7, 550e6))
        write(h7, 0xE000_ED14, 1 << 17)
        timing = h7.part.memory_timing(h7.part.rcc.tree)
        assert (timing.wait_states, timing.bus_ratio) == (3, 2)
        assert (timing.instruction_cache, timing.data_cache) == (True, False)


@pytest.mark.parametrize(
    ("board", "mhz"),
    [(F401, 1), (F401, 16), (F401, 30), (F401, 48), (F401, 84), (F446, 8), (F446, 25),
     (F446, 100), (F446, 168), (F446, 180)],
)  # fmt: skip
def test_f4_runs_at_the_frequency_that_the_solver_meant(board: Board, mhz: float) -> None:
    with machine(board) as made:
        apply_f4(made, words_for(board, mhz * 1e6))
        assert made.core_hz == pytest.approx(mhz * 1e6, abs=500)
        timing = made.part.memory_timing(made.part.rcc.tree)
        assert timing.wait_states == clocks.solve(board, mhz * 1e6).wait_states
        assert timing.instruction_cache
        assert timing.data_cache
        assert timing.prefetch


@pytest.mark.parametrize("mhz", [1, 16, 45, 144, 180, 216])
@pytest.mark.parametrize("board", [F746, F767], ids=lambda board: board.name)
def test_f7_runs_at_the_frequency_that_the_solver_meant(board: Board, mhz: float) -> None:
    with machine(board) as made:
        apply_f4(made, words_for(board, mhz * 1e6))
        assert made.core_hz == pytest.approx(mhz * 1e6, abs=500)
        timing = made.part.memory_timing(made.part.rcc.tree)
        assert timing.wait_states == clocks.solve(board, mhz * 1e6).wait_states
        assert timing.bus_ratio == 1


def test_f7_accelerator_serves_the_itcm_path_only() -> None:
    """ACR's ARTEN and PRFTEN are kept, and change nothing for code on the AXIM path."""
    with machine(F746) as made:
        write(made, F4_REGISTERS["flash_acr"], 0x307)
        assert read(made, F4_REGISTERS["flash_acr"]) == 0x307
        timing = made.part.memory_timing(made.part.rcc.tree)
        assert timing.wait_states == 7
        assert not timing.instruction_cache
        assert not timing.prefetch


@pytest.mark.parametrize(("board", "mhz"), [(F746, 108), (F767, 54)])
def test_f7_serial_port_has_the_clock_of_its_bus(board: Board, mhz: float) -> None:
    """USART1 of the one is on APB2, USART3 of the other on APB1."""
    dckcfgr2 = 0x4002_3890
    with machine(board) as made:
        apply_f4(made, words_for(board, 216e6))
        assert made.part.rcc.tree.serial_hz == pytest.approx(mhz * 1e6, abs=500)
        write(made, dckcfgr2, 2 << board.clocks.serial_select)
        assert made.part.rcc.tree.serial_hz == 16e6, "the HSI"


def test_a_wrong_f4_divider_shows_as_another_clock() -> None:
    words = words_for(F446, 180e6)
    words["rcc_pllcfgr"] += 1
    with machine(F446) as made:
        apply_f4(made, words)
        assert made.core_hz == pytest.approx(180e6 * 8 / 9)


def test_f4_pll_words_and_voltage_are_frozen_while_the_pll_runs() -> None:
    with machine(F446) as made:
        apply_f4(made, words_for(F446, 100e6))
        before = read(made, F4_REGISTERS["pwr_cr"])
        for name in ("rcc_pllcfgr", "pwr_cr"):
            write(made, F4_REGISTERS[name], words_for(F446, 168e6)[name])
        assert made.core_hz == pytest.approx(100e6)
        assert read(made, F4_REGISTERS["pwr_cr"]) == before


def test_f4_pll_without_its_source_is_never_ready_and_never_switched_to() -> None:
    words = words_for(F446, 180e6)
    words["rcc_pllcfgr"] |= 1 << 22  # the HSE, which is off
    with machine(F446) as made:
        apply_f4(made, words)
        assert not read(made, RCC_CR_F4) & PLLRDY
        assert made.core_hz == 16e6


def test_f4_power_control_needs_its_clock() -> None:
    with machine(F446) as made:
        reset_value = read(made, F4_REGISTERS["pwr_cr"])
        write(made, F4_REGISTERS["pwr_cr"], 1 << 14)
        assert read(made, F4_REGISTERS["pwr_cr"]) == reset_value == 0xC000
        write(made, RCC_APB1ENR, PWREN)
        write(made, F4_REGISTERS["pwr_cr"], 1 << 14)
        assert read(made, F4_REGISTERS["pwr_cr"]) == 1 << 14


def test_f4_voltage_is_ready_with_the_pll() -> None:
    with machine(F401) as made:
        assert not read(made, PWR_CSR) & VOSRDY
        apply_f4(made, words_for(F401, 84e6))
        assert read(made, PWR_CSR) & VOSRDY


def test_over_drive_is_not_the_f401s_and_is_switched_to_in_two_steps() -> None:
    with machine(F446) as f446, machine(F746) as f746, machine(F401) as f401:
        for made, ready in ((f446, ODRDY), (f746, ODRDY), (f401, 0)):
            write(made, RCC_APB1ENR, PWREN)
            control = F4_REGISTERS["pwr_cr"]
            write(made, control, read(made, control) | 1 << 16)
            assert read(made, PWR_CSR) & (ODRDY | ODSWRDY) == ready
            write(made, control, read(made, control) | 1 << 17)
            assert read(made, PWR_CSR) & ODSWRDY == ready << 1


@pytest.mark.parametrize("mhz", [0.1, 4, 16, 20, 26, 48, 80, 81, 120])
def test_l4_runs_at_the_frequency_that_the_solver_meant(mhz: float) -> None:
    with machine(L4) as made:
        apply_l4(made, words_for(L4, mhz * 1e6))
        assert made.core_hz == mhz * 1e6
        timing = made.part.memory_timing(made.part.rcc.tree)
        assert timing.wait_states == clocks.solve(L4, mhz * 1e6).wait_states
        assert timing.instruction_cache
        assert timing.data_cache
        assert timing.prefetch


def test_l4_msi_range_counts_once_it_is_selected() -> None:
    range_8, msirgsel = 8 << 4, 1 << 3
    with machine(L4) as made:
        write(made, L4_REGISTERS["rcc_cr"], 1 | range_8)
        assert made.core_hz == 4e6
        write(made, L4_REGISTERS["rcc_cr"], 1 | range_8 | msirgsel)
        assert made.core_hz == 16e6


def test_l4_pll_is_frozen_while_it_runs_and_needs_its_output_enabled() -> None:
    words = words_for(L4, 120e6)
    with machine(L4) as made:
        apply_l4(made, words | {"rcc_pllcfgr": words["rcc_pllcfgr"] & ~(1 << 24)})
        assert read(made, L4_REGISTERS["rcc_cr"]) & PLLRDY
        assert made.core_hz == 4e6, "without PLLREN there is nothing to switch to"
    with machine(L4) as made:
        apply_l4(made, words)
        write(made, L4_REGISTERS["rcc_pllcfgr"], words_for(L4, 100e6)["rcc_pllcfgr"])
        assert made.core_hz == 120e6


def test_l4_pll_output_can_be_switched_on_while_the_pll_runs() -> None:
    words = words_for(L4, 120e6)
    with machine(L4) as made:
        apply_l4(made, words | {"rcc_pllcfgr": words["rcc_pllcfgr"] & ~(1 << 24)})
        write(made, L4_REGISTERS["rcc_pllcfgr"], words["rcc_pllcfgr"])
        write(made, L4_REGISTERS["rcc_cfgr"], 3)
        assert made.core_hz == 120e6


def test_l4_pll_without_its_source_is_never_ready() -> None:
    words = words_for(L4, 80e6)
    with machine(L4) as made:
        apply_l4(made, words | {"rcc_pllcfgr": words["rcc_pllcfgr"] | 3})  # the HSE, which is off
        assert not read(made, L4_REGISTERS["rcc_cr"]) & PLLRDY
        assert made.core_hz == 4e6


def test_l4_power_control_needs_its_clock_and_has_two_ranges() -> None:
    cr1, cr5 = L4_REGISTERS["pwr_cr1"], L4_REGISTERS["pwr_cr5"]
    range_1, range_2, r1mode = 0b01 << 9, 0b10 << 9, 1 << 8
    with machine(L4) as made:
        write(made, cr1, range_2)
        write(made, cr5, 0)
        assert (read(made, cr1), read(made, cr5)) == (range_1, r1mode)
        write(made, RCC_APB1ENR1_L4, PWREN)
        write(made, cr1, range_2)
        write(made, cr5, 0)
        assert (read(made, cr1), read(made, cr5)) == (range_2, 0)
        write(made, cr1, 0b11 << 9)
        assert read(made, cr1) == range_2, "a range that there is not"
        assert not read(made, PWR_SR2_L4) & VOSF


def test_l4_serial_port_has_the_clock_of_apb1() -> None:
    with machine(L4) as made:
        apply_l4(made, words_for(L4, 80e6))
        write(made, L4_REGISTERS["rcc_cfgr"], 3 | 0b101 << 8 | 0b100 << 11)
        assert made.part.rcc.tree.serial_hz == 20e6
        write(made, 0x4002_1088, 1 << 10)
        assert made.part.rcc.tree.serial_hz == 80e6, "CCIPR chose SYSCLK"
