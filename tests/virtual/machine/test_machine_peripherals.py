"""Small peripherals as firmware uses them: CRC, flags, semaphores, random numbers, pins."""

from __future__ import annotations

import binascii
from pathlib import Path

import pytest

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import BOARDS, F446, F746, H7, L4, WB, prefix, word
from tinylab.boards.board import Board

CHECKED = b"123456789abc"
WORDS = """
#define CRC ((volatile uint32_t *)CRC_BASE)
NOINIT volatile uint32_t result;
static const uint8_t text[] __attribute__((aligned(4))) = "123456789abc";
void reset(void) {
  done = 0;
  CONFIGURE
  for (int i = 0; i < 12; i += UNIT / 8) {
#if UNIT == 32
    CRC[0] = FLIP(*(const uint32_t *)&text[i]);
#elif UNIT == 16
    *(volatile uint16_t *)&CRC[0] = (uint16_t)(text[i] << 8 | text[i + 1]);
#else
    *(volatile uint8_t *)&CRC[0] = text[i];
#endif
  }
  result = CRC[0];
  done = 1;
  for (;;) {}
}
"""


def mpeg_2(data: bytes) -> int:
    """CRC-32/MPEG-2, from zlib's CRC: neither input nor output is reversed."""
    mirrored = bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)
    return int(f"{binascii.crc32(mirrored) ^ 0xFFFF_FFFF:032b}"[::-1], 2)


def ccitt(data: bytes) -> int:
    """CRC-16/CCITT-FALSE."""
    return binascii.crc_hqx(data, 0xFFFF)


MPEG = "CRC[2] = 1;"
ZLIB = "CRC[2] = 0x81u | 1u << 5;"
CCITT = "CRC[5] = 0x1021u; CRC[4] = 0xFFFFu; CRC[2] = 1u << 3 | 1u;"


@pytest.mark.parametrize(
    ("board", "configure", "unit", "expected"),
    [
        (WB, MPEG, 32, mpeg_2(CHECKED)),
        (WB, MPEG, 16, mpeg_2(CHECKED)),
        (WB, MPEG, 8, mpeg_2(CHECKED)),
        (WB, ZLIB, 8, binascii.crc32(CHECKED) ^ 0xFFFF_FFFF),
        (WB, CCITT, 8, ccitt(CHECKED)),
        (F446, MPEG, 32, mpeg_2(CHECKED)),
        (H7, MPEG, 32, mpeg_2(CHECKED)),
        (H7, ZLIB, 8, binascii.crc32(CHECKED) ^ 0xFFFF_FFFF),
        (F746, CCITT, 8, ccitt(CHECKED)),
        (L4, CCITT, 8, ccitt(CHECKED)),
    ],
)
def test_crc_is_what_others_compute(
    board: Board, configure: str, unit: int, expected: int, tmp_path: Path
) -> None:
    known = prefix(CRC_BASE=board.peripherals["CRC"], UNIT=unit)
    source = known + "#define FLIP __builtin_bswap32\n" + WORDS.replace("CONFIGURE", configure)
    firmware = compile_firmware(board, tmp_path, source)
    with machine(board, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert word(made, firmware, "result") == expected


READY = {
    WB.name: [
        (0x5800_0090, 1, 1 << 1),  # BDCR: LSE
        (0x5800_0094, 1, 1 << 1),  # CSR: LSI1
        (0x5800_0098, 1, 1 << 1),  # CRRCR: HSI48
        (0x5800_0000, 1 << 26 | 0x61, 1 << 27),  # CR: PLLSAI1, MSI stays
        (0x4000_280C, 1 << 7, 1 << 6),  # RTC_ISR: INIT
    ],
    F446.name: [
        (0x4002_3800, 1 << 26 | 1 << 28 | 1, 1 << 27 | 1 << 29),  # CR: PLLI2S, PLLSAI
        (0x4002_3870, 1, 1 << 1),
        (0x4002_3874, 1, 1 << 1),
        (0x4001_3820, 1, 1 << 8),  # SYSCFG_CMPCR
    ],
    F746.name: [
        (0x4002_3800, 1 << 26 | 1 << 28 | 1, 1 << 27 | 1 << 29),  # CR: PLLI2S, PLLSAI
        (0x4002_3870, 1, 1 << 1),
        (0x4002_3874, 1, 1 << 1),
        (0x4001_3820, 1, 1 << 8),  # SYSCFG_CMPCR
    ],
    L4.name: [
        (0x4002_1000, 1 << 26 | 1 << 28 | 0x61, 1 << 27 | 1 << 29),  # CR: PLLSAI1, PLLSAI2
        (0x4002_1090, 1, 1 << 1),  # BDCR: LSE
        (0x4002_1094, 1, 1 << 1),  # CSR: LSI
        (0x4002_1098, 1, 1 << 1),  # CRRCR: HSI48
    ],
    H7.name: [
        (0x5802_4400, 1 << 12 | 1 << 26 | 1 << 28 | 1, 1 << 13 | 1 << 27 | 1 << 29),
        (0x5802_4470, 1, 1 << 1),
        (0x5802_4474, 1, 1 << 1),
        (0x5800_0420, 1, 1 << 8),  # SYSCFG_CCCSR
    ],
}


@BOARDS
def test_what_is_switched_on_gets_ready_and_goes_away_again(board: Board) -> None:
    with machine(board) as made:
        if board is H7:
            made.bus.write(0x5802_44F4, 4, 1 << 1)  # RCC_APB4ENR: SYSCFG
        for address, on, ready in READY[board.name]:
            made.bus.write(address, 4, on)
            assert made.bus.read(address, 4) & ready == ready
            made.bus.write(address, 4, made.bus.read(address, 4) & ~on)
            assert made.bus.read(address, 4) & ready == 0


@pytest.mark.parametrize(("board", "core"), [(WB, 4), (H7, 3)], ids=["wb", "h7"])
def test_a_semaphore_is_granted_and_given_back(board: Board, core: int) -> None:
    base = board.peripherals["HSEM"]
    with machine(board) as made:
        assert made.bus.read(base + 0x80 + 4 * 3, 4) == 1 << 31 | core << 8
        made.bus.write(base + 4 * 3, 4, core << 8)
        assert made.bus.read(base + 4 * 3, 4) == 0
        made.bus.write(base + 4 * 5, 4, 1 << 31 | core << 8 | 7)
        made.bus.write(base + 4 * 5, 4, core << 8 | 1)
        assert made.bus.read(base + 4 * 5, 4) == 1 << 31 | core << 8 | 7


def test_random_numbers_are_the_same_after_each_reset() -> None:
    with machine(WB) as made:
        sequences = []
        for _ in range(2):
            made.hold_reset()
            made.bus.write(0x5800_1000, 4, 1 << 2)
            sequences.append([made.bus.read(0x5800_1008, 4) for _ in range(20)])
    assert sequences[0] == sequences[1]
    assert len(set(sequences[0])) == 20


def test_a_pin_reads_what_it_drives_or_its_pull_up() -> None:
    port = WB.peripherals["GPIOA"]
    with machine(WB) as made:
        made.bus.write(port, 4, 1 << 2 * 3)  # MODER: PA3 is an output, PA4 and PA5 inputs
        made.bus.write(port + 0x0C, 4, 1 << 2 * 4)  # PUPDR: PA4 has a pull-up
        made.bus.write(port + 0x18, 4, 1 << 3)
        assert made.bus.read(port + 0x10, 4) == 1 << 3 | 1 << 4
        made.bus.write(port + 0x28, 4, 1 << 3)
        assert made.bus.read(port + 0x10, 4) == 1 << 4
