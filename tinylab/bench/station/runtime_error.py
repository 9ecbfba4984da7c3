"""Errors of a network's runtime, as text."""

from __future__ import annotations

from tinylab.errors import RuntimeRefused

AI_TYPES = {
    0x01: "the generated code and the library do not match",
    0x02: "the generated code and the library were compiled with different types",
    0x10: "the network does not exist",
    0x11: "the network is not ready",
    0x12: "an input is invalid",
    0x13: "an output is invalid",
    0x14: "a parameter is invalid",
    0x15: "the signature is wrong",
    0x30: "the network cannot be initialised",
    0x31: "memory allocation failed",
    0x32: "memory deallocation failed",
    0x33: "the network cannot be created",
}
"""ai_error_type of ai_platform.h."""
STAI_CODES = {
    0x020001: "an argument is invalid",
    0x030000: "the context is not this network's",
    0x030001: "the context has the wrong size",
    0x030002: "the context is not aligned",
    0x030030: "the runtime does not match",
    0x040000: "the activations have no buffer",
    0x040001: "the number of blocks of activations is wrong",
    0x040010: "an input has no buffer",
    0x040020: "an output has no buffer",
    0x040030: "the states have no buffer",
    0x040040: "the weights have no address",
    0x040070: "a buffer is not aligned",
    0x060000: "the runtime failed to start; it checks that the chip is made by ST",
}
"""stai_return_code of stai.h."""
REMEDY = (
    "Generate code and library again with one version of ST's tools. If the error persists, "
    "report it with the version."
)


def refused(adapter: str, word: int) -> RuntimeRefused:
    """The error for what the firmware's `adapter` has reported."""
    if adapter == "stai":
        meaning, where = STAI_CODES.get(word), f"return code {word:#08x}"
    else:
        kind = word & 0xFF
        meaning, where = AI_TYPES.get(kind), f"type {kind:#04x}, code {word >> 8:#06x}"
    header = "stai.h, stai_return_code" if adapter == "stai" else "ai_platform.h, ai_error_type"
    return RuntimeRefused(
        f"The network's runtime reported an error: {meaning or f'see {header}'} ({where}).",
        remedy=REMEDY,
        code=word,
    )
