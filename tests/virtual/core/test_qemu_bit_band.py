"""Bit-band accesses of RAM leave the same memory as in qemu-system-arm, bit for bit (M4)."""

from __future__ import annotations

from pathlib import Path

from tests.fakes import qemu
from tests.fakes.emulated_images import difference
from tests.fakes.qemu import M4
from tests.virtual.core.test_qemu_exceptions import ram_after

IMAGE = """
#include <stdint.h>
uint32_t memory[64], seen[512], count;
static uint32_t state = 12345u;
static uint32_t random(uint32_t below) {
  state = state * 1664525u + 1013904223u;
  return (state >> 8) % below;
}
int main(void) {
  for (uint32_t i = 0; i < 64; ++i) memory[i] = random(1u << 24) * 1021u;
  const uint32_t alias = 0x22000000u + ((uint32_t)memory - 0x20000000u) * 32u;
  for (uint32_t i = 0; i < 3000; ++i) {
    const uint32_t size = 1u << random(3), value = random(1u << 24);
    const uint32_t at = alias + random(64u * 4u * 32u) / size * size;
    if (random(2)) {
      if (size == 1) *(volatile uint8_t *)at = (uint8_t)value;
      else if (size == 2) *(volatile uint16_t *)at = (uint16_t)value;
      else *(volatile uint32_t *)at = value;
    } else {
      const uint32_t bit = size == 1 ? *(volatile uint8_t *)at
                         : size == 2 ? *(volatile uint16_t *)at : *(volatile uint32_t *)at;
      seen[count++ % 512] ^= bit << (i % 32);
    }
  }
  return 0;
}
"""


def test_random_accesses(tmp_path: Path) -> None:
    """Bytes, halfwords and words at any address of the alias."""
    image = qemu.build(M4, tmp_path, {"main.c": IMAGE}, ("-Wall", "-Werror"))
    wanted = qemu.run(image)
    assert image.words(wanted, "seen", 512).any()
    memory = ram_after(image)
    assert memory == wanted, difference(image, memory, wanted)
