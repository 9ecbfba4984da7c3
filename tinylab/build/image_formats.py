"""An image as a file for other tools: ELF, Intel HEX, or raw binary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from io import StringIO

from intelhex import IntelHex

from tinylab.build import elf


def _hex(data: bytes) -> bytes:
    image = IntelHex()
    for segment in elf.parse(data).segments:
        image.puts(segment.address, segment.data)
    text = StringIO()
    image.write_hex_file(text)
    return text.getvalue().encode()


def _binary(data: bytes) -> bytes:
    """From the lowest address on; gaps are as erased flash."""
    segments = elf.parse(data).segments
    base = min(segment.address for segment in segments)
    content = bytearray()
    for segment in sorted(segments, key=lambda one: one.address):
        content = content.ljust(segment.address - base, b"\xff")
        content += segment.data
    return bytes(content)


FORMATS: Mapping[str, Callable[[bytes], bytes]] = {".elf": bytes, ".hex": _hex, ".bin": _binary}
"""By suffix: from the bytes of an ELF file."""
