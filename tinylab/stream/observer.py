"""How an image that `tinylab verify` builds shows its tensors; this is the only definition.

After each step of the network, the firmware writes where the tensor is and counts `shown`. It goes
on as soon as the host has read the tensor and has set `taken` to the same count. So no more
RAM is required than without, and steps that work in place are seen as they are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tinylab.stream.ring import Memory
from tinylab.zoo.tensor_type import Number, TensorType

SYMBOL = "tl_observation"
HEADER = "tinylab_observer.h"
FIELDS = ("shown", "taken", "step", "address", "bytes", "format", "scale", "zero_point")
"""32-bit words. The host writes `taken`, the firmware the others. The last three are of ST's code
alone: the bits of an element, 0x100 if it has a sign, 0x10000 for floats; a float; an integer."""
SIGNED, FLOATS = 0x100, 0x10000


@dataclass(frozen=True)
class Shown:
    """A tensor that waits in the board's memory. `step` is the number that its code gives it."""

    shown: int
    taken: int
    step: int
    address: int
    bytes: int
    format: int = 0
    scale: int = 0
    zero_point: int = 0

    @property
    def type(self) -> TensorType:
        """As ST's code says. Raises ValueError for one that the host does not have."""
        bits = self.format & 0xFF
        if self.format & FLOATS:
            return TensorType(Number(f"float{bits}"))
        number = Number(f"{'' if self.format & SIGNED else 'u'}int{bits}")
        [scale] = struct.unpack("<f", struct.pack("<I", self.scale))
        [zero_point] = struct.unpack("<i", struct.pack("<I", self.zero_point))
        return TensorType(number, scale or None, zero_point)

    @property
    def waits(self) -> bool:
        return self.shown != self.taken


class Window:
    """The host's access to the firmware's observation. Only while the core is halted."""

    def __init__(self, memory: Memory, address: int) -> None:
        self._memory = memory
        self._address = address

    def clear(self) -> None:
        self._memory.write_bytes(self._address, bytes(4 * len(FIELDS)))

    def look(self) -> Shown:
        data = self._memory.read_bytes(self._address, 4 * len(FIELDS))
        words: npt.NDArray[np.uint32] = np.frombuffer(data, dtype="<u4")
        return Shown(*map(int, words))

    def take(self, shown: Shown) -> bytes:
        """The tensor's bytes; the firmware goes on when the core does."""
        data = self._memory.read_bytes(shown.address, shown.bytes)
        at = self._address + 4 * FIELDS.index("taken")
        self._memory.write_bytes(at, shown.shown.to_bytes(4, "little"))
        return data


def c_header() -> str:
    """The structure as a C header for the firmware."""
    fields = "\n".join(f"  uint32_t {name};" for name in FIELDS)
    return f"""/* Shows tensors to the host, rendered from tinylab/stream/observer.py. */
#ifndef TINYLAB_OBSERVER_H
#define TINYLAB_OBSERVER_H

#include <stdint.h>

typedef struct {{
{fields}
}} tl_observation_t;

#define TL_SIGNED 0x{SIGNED:X}u
#define TL_FLOATS 0x{FLOATS:X}u

extern volatile tl_observation_t {SYMBOL};

/* Returns when the host has read the tensor. */
void tl_observe(uint32_t step, const void *tensor, uint32_t bytes);

#endif
"""
