"""`tl_names.h`: a network's names and sizes for the bench's adapters in C.

The firmware calls every network through one adapter, `lib/adapters/<interface>/tl_adapter.h`,
selected at compile time. This header defines the network's names, and the locations of its
inputs and outputs in the blocks that the host writes and reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tinylab import __version__
from tinylab.codegen.tensor import Tensor, offsets

FILE = "tl_names.h"
BLOCK_ALIGNMENT = 32
"""A cache line of the Cortex-M7."""

NO_OBSERVER = ("#define TL_RUNTIME_OBSERVE(network_) ((void)0)",)
ST_OBSERVER = (
    "#ifdef TL_OBSERVED",
    '#include "tl_st_observer.h"',
    "#define TL_RUNTIME_OBSERVE(network_) \\",
    "  if (!tl_st_observe(network_)) return packed(tl_ai(get_error)(network_))",
    "#else",
    *NO_OBSERVER,
    "#endif",
)
"""Called by the adapter when the network is ready; tinylab's own code shows tensors itself."""


@dataclass(frozen=True)
class Seam:
    """How the bench's firmware calls one network."""

    adapter: str
    """A folder of `lib/adapters`."""
    runtime: str
    """`tinylab` or `cubeai`: the runtime that is linked."""
    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    activations: tuple[int, ...] = ()
    """Bytes of each block, if the adapter provides numbered blocks."""
    states: tuple[int, ...] = ()
    resets: bool = False
    """Whether the code keeps states that its `reset_state` function resets."""

    def header(self, head: str = "") -> bytes:
        """The text of `tl_names.h`; `head` is a comment that states the network's origin."""
        runtime = "tl_crc_start()" if self.runtime == "cubeai" else "((void)0)"
        reset = "((void)tl_ai(reset_state)(network_))" if self.resets else "((void)0)"
        lines = [
            head or f"/* Written by tinylab {__version__}. */",
            f"/* The network '{self.name}' as lib/adapters/{self.adapter} calls it. */",
            "#ifndef TL_NAMES_H",
            "#define TL_NAMES_H",
            "",
            *(['#include "tl_crc.h"'] if self.runtime == "cubeai" else []),
            f'#include "{self.name}.h"',
            f'#include "{self.name}_data.h"',
            "",
            f"#define tl_ai(function_) ai_{self.name}_##function_",
            f"#define TL_AI(macro_) AI_{self.name.upper()}_##macro_",
            f"#define tl_stai(function_) stai_{self.name}_##function_",
            f"#define TL_STAI(macro_) STAI_{self.name.upper()}_##macro_",
            f"#define TL_RUNTIME_START() {runtime}",
            f"#define TL_RESET_STATE(network_) {reset}",
            *(ST_OBSERVER if self.runtime == "cubeai" else NO_OBSERVER),
            "",
            *_side("INPUT", self.inputs),
            *_side("OUTPUT", self.outputs),
            *_blocks("ARENA", self.activations),
            f"#define TL_STATE_BLOCKS {len(self.states)}",
            *_blocks("STATES", self.states),
            "",
            "#endif",
            "",
        ]
        return "\n".join(lines).encode()


def _side(side: str, tensors: Sequence[Tensor]) -> list[str]:
    """Size of the block, then offset and size of each tensor in it."""
    places = offsets(tensors)
    return [
        f"#define TL_{side}_BYTES {places[-2] + tensors[-1].size}u",
        f"#define TL_{side}_OFFSETS {_list(places[:-1])}",
        f"#define TL_{side}_SIZES {_list([tensor.size for tensor in tensors])}",
    ]


def _list(numbers: Sequence[int]) -> str:
    return f"{{{', '.join(f'{number}u' for number in numbers)}}}"


def _blocks(kind: str, sizes: Sequence[int]) -> list[str]:
    """A structure of blocks of memory, and the list of their addresses."""
    if not sizes:
        return []
    members = [
        f"  __attribute__((aligned({BLOCK_ALIGNMENT}))) uint8_t block_{index}[{max(size, 4)}];"
        for index, size in enumerate(sizes, 1)
    ]
    addresses = ", ".join(f"(void *)(memory_).block_{index}" for index in range(1, len(sizes) + 1))
    return [
        "typedef struct {",
        *members,
        f"}} tl_{kind.lower()}_t;",
        f"#define TL_{kind}_BLOCKS(memory_) {{{addresses}}}",
    ]
