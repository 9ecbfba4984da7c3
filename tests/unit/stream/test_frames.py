"""The mailbox format and the host's end of the ring."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tinylab.errors import LinkError
from tinylab.stream import frames
from tinylab.stream.ring import Ring

MAILBOX, RING = 0x100, 0x400


class Ram:
    """A memory whose firmware is the test."""

    def __init__(self) -> None:
        self.data = bytearray(RING + 4 * frames.RING_ENTRIES)

    def read_bytes(self, address: int, size: int) -> bytes:
        return bytes(self.data[address : address + size])

    def write_bytes(self, address: int, data: bytes) -> None:
        self.data[address : address + len(data)] = data

    def word(self, field: str) -> int:
        start = MAILBOX + frames.OFFSETS[field]
        return int.from_bytes(self.data[start : start + 4], "little")

    def put(self, field: str, value: int) -> None:
        self.write_bytes(MAILBOX + frames.OFFSETS[field], value.to_bytes(4, "little"))

    def sample(self, index: int, cycles: int) -> None:
        self.write_bytes(RING + 4 * (index % frames.RING_ENTRIES), cycles.to_bytes(4, "little"))
        self.put("write_index", (index + 1) & 0xFFFFFFFF)


@pytest.fixture
def ram() -> Ram:
    return Ram()


@pytest.fixture
def ring(ram: Ram) -> Ring:
    return Ring(ram, MAILBOX, RING)


def request() -> frames.Request:
    return frames.Request(
        sequence=7,
        warmup=2,
        min_inferences=3,
        max_inferences=100,
        min_cycles=0x1_2345_6789,
        clock_hz=64_000_000,
        clock_words=(1, 2, 3),
        serial_divider=69,
    )


def test_a_request_arrives_field_by_field(ram: Ram, ring: Ring) -> None:
    ring.send_request(request())
    assert ram.word("request_magic") == frames.REQUEST_MAGIC
    assert ram.word("sequence") == 7
    assert ram.word("min_cycles_low") == 0x2345_6789
    assert ram.word("min_cycles_high") == 1
    assert ram.word("clock_words") == 1
    assert ram.word("serial_divider") == 69
    assert ram.word("stop") == 0
    ring.stop()
    assert ram.word("stop") == 1


def test_a_request_fills_its_part_of_the_mailbox_and_nothing_else() -> None:
    data = request().encode()
    assert len(data) == frames.REQUEST_BYTES == frames.OFFSETS["firmware_magic"]
    words = np.frombuffer(data, "<u4").tolist()
    place = {name: frames.OFFSETS[name] // 4 for name, _ in frames.REQUEST_FIELDS}
    assert (words[place["warmup"]], words[place["min_inferences"]]) == (2, 3)
    assert (words[place["max_inferences"]], words[place["clock_hz"]]) == (100, 64_000_000)
    assert (words[place["stop"]], words[place["read_index"]]) == (0, 0)
    assert words[place["clock_words"] :] == [1, 2, 3, *[0] * (frames.CLOCK_WORDS - 3)]


def test_what_makes_a_request_valid_is_written_last(ram: Ram, ring: Ring) -> None:
    written: list[tuple[int, int]] = []
    write = ram.write_bytes

    def noted(address: int, data: bytes) -> None:
        written.append((address - MAILBOX, len(data)))
        write(address, data)

    ram.write_bytes = noted  # type: ignore[method-assign]
    ring.send_request(request())
    assert written == [(8, frames.REQUEST_BYTES - 8), (0, 8)]
    assert frames.OFFSETS["sequence"] == 4


def test_clearing_forgets_an_earlier_image(ram: Ram, ring: Ring) -> None:
    ram.put("firmware_magic", frames.FIRMWARE_MAGIC)
    ram.put("starts", 7)
    behind = ram.data[MAILBOX + frames.MAILBOX_BYTES :]
    ring.clear()
    assert not any(ram.data[MAILBOX : MAILBOX + frames.MAILBOX_BYTES])
    assert ram.data[MAILBOX + frames.MAILBOX_BYTES :] == behind


def test_taking_samples_changes_the_read_index_alone(ram: Ram, ring: Ring) -> None:
    ring.send_request(request())
    ram.sample(0, 5)
    before = bytearray(ram.data)
    ring.take(ring.status())
    at = MAILBOX + frames.OFFSETS["read_index"]
    before[at : at + 4] = (1).to_bytes(4, "little")
    assert ram.data == before


def test_samples_come_in_order_and_once_across_the_end_of_the_ring(ram: Ram, ring: Ring) -> None:
    total = frames.RING_ENTRIES * 2 + 17
    taken: list[int] = []
    for index in range(total):
        ram.sample(index, 1000 + index)
        if index % 700 == 0:
            taken += ring.take(ring.status()).tolist()
            assert ram.word("read_index") == index + 1
    taken += ring.take(ring.status()).tolist()
    assert taken == list(range(1000, 1000 + total))
    assert ring.take(ring.status()).size == 0


def test_indexes_have_32_bits(ram: Ram, ring: Ring) -> None:
    for index in range(0, 2**24 + 1, frames.RING_ENTRIES):
        ram.put("write_index", index)
        ring.take(ring.status())
    assert ram.word("read_index") == 2**24


def test_a_request_asks_for_nothing_over_the_serial_port_unless_it_says_so() -> None:
    assert frames.Request(1, 0, 1, 1, 0, 1, ()).serial_divider == 0


def test_an_impossible_index_is_an_error(ram: Ram, ring: Ring) -> None:
    ram.put("write_index", frames.RING_ENTRIES + 1)
    with pytest.raises(LinkError, match="2049 unread samples in a ring of 2048"):
        ring.take(ring.status())


def test_status_is_decoded(ram: Ram, ring: Ring) -> None:
    assert not ring.status().alive
    ram.put("firmware_magic", frames.FIRMWARE_MAGIC)
    ram.write_bytes(MAILBOX + frames.OFFSETS["build_id"], bytes(range(16)))
    ram.put("state", frames.FirmwareState.REFUSED)
    ram.put("starts", 3)
    status = ring.status()
    assert status.alive
    assert status.build_id == bytes(range(16))
    assert status.state == frames.FirmwareState.REFUSED
    assert status.starts == 3


@pytest.mark.skipif(shutil.which("cc") is None, reason="no host compiler")
def test_the_c_header_has_the_same_layout(tmp_path: Path) -> None:
    (tmp_path / "tinylab_mailbox.h").write_text(frames.c_header())
    prints = "".join(
        f'printf("{name} %zu\\n", offsetof(tl_mailbox_t, {name}));' for name, _ in frames.FIELDS
    )
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include <stddef.h>\n#include "tinylab_mailbox.h"\n'
        f"int main(void) {{ {prints} return 0; }}\n"
    )
    program = tmp_path / "offsets"
    subprocess.run(
        ["cc", "-std=c11", "-Wall", "-Wextra", "-Werror", "-o", program, tmp_path / "main.c"],
        check=True,
    )
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    assert dict(re.findall(r"(\w+) (\d+)", printed)) == {
        name: str(offset) for name, offset in frames.OFFSETS.items()
    }


def test_batches_are_64_bit(ram: Ram, ring: Ring) -> None:
    ram.sample(0, 0xFFFF_FFFF)
    assert ring.take(ring.status()).dtype == np.uint64
