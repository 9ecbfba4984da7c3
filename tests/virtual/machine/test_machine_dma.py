"""DMA as firmware uses it: to and from the serial port, and from memory to memory."""

from __future__ import annotations

from pathlib import Path

from tests.fakes.bare_metal import compile_firmware
from tests.fakes.stations import machine, wait_until
from tests.virtual.machine.peripheral_firmware import (
    ALL,
    F446,
    F746,
    H7,
    L4,
    TEXT,
    U5,
    WB,
    echoed,
    prefix,
    serial,
    word,
)
from tinylab.boards.board import Board

BY_DMA = """
NOINIT uint8_t buffer[64];
NOINIT volatile uint32_t halves, completes, sent;
void received(void) {
  const uint32_t flags = RX_FLAGS;
  CLEAR_RX;
  if (flags & HALF) ++halves;
  if (!(flags & FULL)) return;
  ++completes;
  START_TX
}
void transmitted(void) { if (TX_FLAGS & FULL) ++sent; CLEAR_TX; }
void reset(void) {
  halves = completes = sent = 0;
  port[BRR] = CLOCK / 115200u;
  port[CR3] = 0xC0u;
  port[CR1] = UE | 0xCu;
  ENABLE_LINE(RX_LINE); ENABLE_LINE(TX_LINE);
  START_RX
  for (;;) WFI;
}
"""
CHANNELS = """
#define DMA ((volatile uint32_t *)0x40020000u)
#define RX_FLAGS DMA[0]
#define TX_FLAGS (DMA[0] >> 4)
#define CLEAR_RX (DMA[1] = 0x1u)
#define CLEAR_TX (DMA[1] = 0x10u)
#define HALF 4u
#define FULL 2u
#define START_RX \\
  REG(0x40020800u) = RX_REQUEST; REG(0x40020804u) = RX_REQUEST + 1u; \\
  DMA[3] = 64; DMA[4] = (uint32_t)&port[RECEIVE]; DMA[5] = (uint32_t)buffer; DMA[2] = 0xA7u;
#define START_TX \\
  DMA[7] = 0; DMA[8] = 64; DMA[9] = (uint32_t)&port[SEND]; DMA[10] = (uint32_t)buffer; \\
  DMA[7] = 0x93u;
"""
STREAMS = """
#define DMA ((volatile uint32_t *)DMA_BASE)
#define RX ((volatile uint32_t *)(DMA_BASE + 0x10u + 0x18u * 5u))
#define TX ((volatile uint32_t *)(DMA_BASE + 0x10u + 0x18u * TX_STREAM))
#define TX_SHIFT (TX_STREAM == 6u ? 16 : 22)
#define RX_FLAGS (DMA[1] >> 6)
#define TX_FLAGS (DMA[1] >> TX_SHIFT)
#define CLEAR_RX (DMA[3] = 0x3Du << 6)
#define CLEAR_TX (DMA[3] = 0x3Du << TX_SHIFT)
#define HALF 0x10u
#define FULL 0x20u
#define START_RX \\
  MUX \\
  RX[1] = 64; RX[2] = (uint32_t)&port[RECEIVE]; RX[3] = (uint32_t)buffer; \\
  RX[0] = 4u << 25 | 0x519u;
#define START_TX \\
  TX[1] = 64; TX[2] = (uint32_t)&port[SEND]; TX[3] = (uint32_t)buffer; TX[0] = 4u << 25 | 0x451u;
"""
LISTS = """
#define CHANNEL(n) ((volatile uint32_t *)(0x40020050u + 0x80u * (n)))
#define RX CHANNEL(0)
#define TX CHANNEL(1)
#define RX_FLAGS RX[4]
#define TX_FLAGS TX[4]
#define CLEAR_RX (RX[3] = 0x7F00u)
#define CLEAR_TX (TX[3] = 0x7F00u)
#define HALF 0x200u
#define FULL 0x100u
#define START_RX \\
  RX[16] = 1u << 19; RX[17] = 24u; RX[18] = 64; \\
  RX[19] = (uint32_t)&port[RECEIVE]; RX[20] = (uint32_t)buffer; RX[5] = 0x301u;
#define START_TX \\
  START_RX \\
  TX[16] = 1u << 3; TX[17] = 1u << 10 | 25u; TX[18] = 64; \\
  TX[19] = (uint32_t)buffer; TX[20] = (uint32_t)&port[SEND]; TX[5] = 0x101u;
"""

DMA_OF = {
    U5.name: (LISTS, 29, 30),
    WB.name: (f"#define RX_REQUEST 14u\n{CHANNELS}", 11, 12),
    L4.name: (f"#define RX_REQUEST 34u\n{CHANNELS}", 11, 12),
    F446.name: (
        f"#define DMA_BASE 0x40026000u\n#define TX_STREAM 6u\n#define MUX\n{STREAMS}",
        16,
        17,
    ),
    F746.name: (
        f"#define DMA_BASE 0x40026400u\n#define TX_STREAM 7u\n#define MUX\n{STREAMS}",
        68,
        70,
    ),
    H7.name: (
        "#define DMA_BASE 0x40020000u\n#define TX_STREAM 6u\n"
        f"#define MUX REG(0x40020814u) = 45; REG(0x40020818u) = 46;\n{STREAMS}",
        16,
        17,
    ),
}


@ALL
def test_dma_echoes_what_arrives(board: Board, tmp_path: Path) -> None:
    registers, rx, tx = DMA_OF[board.name]
    source = serial(board) + registers + f"#define RX_LINE {rx}\n#define TX_LINE {tx}\n" + BY_DMA
    firmware = compile_firmware(board, tmp_path, source, {rx: "received", tx: "transmitted"})
    with machine(board, firmware) as made:
        for turn in range(1, 3):
            assert echoed(made, TEXT)[0] == TEXT
            wait_until(lambda turn=turn: word(made, firmware, "sent") == turn)  # type: ignore[misc]
        assert word(made, firmware, "halves") == word(made, firmware, "completes") == 2


def test_memory_is_copied_at_once(tmp_path: Path) -> None:
    source = (
        prefix()
        + """
NOINIT volatile uint32_t copies[16], flags;
static const uint32_t originals[16] = {1, 22, 333, 4444, [15] = 5};
void reset(void) {
  done = 0;
  volatile uint32_t *const dma = (volatile uint32_t *)0x40020000u;
  dma[3] = 16; dma[4] = (uint32_t)originals; dma[5] = (uint32_t)copies;
  dma[2] = 1u << 14 | 2u << 10 | 2u << 8 | 0xC1u;
  flags = dma[0];
  done = 1;
  for (;;) {}
}
"""
    )
    firmware = compile_firmware(WB, tmp_path, source)
    with machine(WB, firmware) as made:
        wait_until(lambda: word(made, firmware, "done") == 1)
        assert [word(made, firmware, "copies", n) for n in (0, 1, 2, 3, 15)] == [
            1,
            22,
            333,
            4444,
            5,
        ]
        assert word(made, firmware, "flags") & 7 == 7
