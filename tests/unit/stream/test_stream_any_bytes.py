"""Any bytes on a line and in a ring: nothing raises, and nothing wrong is accepted."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.serial_frames import sent
from tests.unit.stream.test_frames import MAILBOX, RING, Ram
from tinylab.errors import LinkError
from tinylab.stream import frames
from tinylab.stream.decoder import Decoder, Frame
from tinylab.stream.frames import FRAME_MARK, FRAME_WORDS, FrameKind
from tinylab.stream.ring import Ring
from tinylab.stream.uart import Records

WORD = st.integers(0, 0xFFFF_FFFF)
FRAMES = st.builds(
    Frame,
    st.sampled_from(FrameKind),
    st.integers(0, 0xFFFF),
    WORD,
    st.lists(WORD, max_size=FRAME_WORDS).map(tuple),
)
NOISE = st.one_of(st.binary(max_size=40), st.just(FRAME_MARK), st.just(FRAME_MARK[:1]))
LINE = st.lists(st.one_of(NOISE, FRAMES.map(sent)), max_size=12).map(b"".join)


@settings(max_examples=150)
@given(LINE, st.lists(st.integers(1, 50), min_size=1, max_size=8))
def test_any_bytes_in_any_pieces_give_the_same_frames(line: bytes, sizes: list[int]) -> None:
    whole, pieces = Decoder(), Decoder()
    found, start = [], 0
    while start < len(line):
        size = sizes[start % len(sizes)]
        found += pieces.feed(line[start : start + size])
        start += size
    assert found == whole.feed(line)
    assert all(sent(frame) in line for frame in found)


@settings(max_examples=100)
@given(st.lists(FRAMES, max_size=12))
def test_every_whole_frame_is_found(made: list[Frame]) -> None:
    assert Decoder().feed(b"".join(map(sent, made))) == made


@settings(max_examples=100)
@given(LINE, st.integers(0, 0xFFFF))
def test_any_line_is_counted(line: bytes, sequence: int) -> None:
    records = Records(sequence)
    stretches = records.feed(line)
    assert all(stretch.cycles.size for stretch in stretches)
    measured = sum(stretch.cycles.size for stretch in stretches if not stretch.warmup)
    assert records.lost >= 0
    assert measured + records.lost >= records.measured


@settings(max_examples=100)
@given(st.binary(min_size=frames.MAILBOX_BYTES, max_size=frames.MAILBOX_BYTES), WORD)
def test_any_mailbox_is_read_or_refused(mailbox: bytes, index: int) -> None:
    ram = Ram()
    ram.write_bytes(MAILBOX, mailbox)
    if index % 2:
        ram.put("write_index", index % 3_000)
    ring = Ring(ram, MAILBOX, RING)
    status = ring.status()
    refused: LinkError | None = None
    try:
        taken = ring.take(status)
    except LinkError as error:
        refused = error
    if refused is not None:
        assert status.write_index > frames.RING_ENTRIES
        assert refused.remedy
    else:
        assert taken.size == status.write_index <= frames.RING_ENTRIES
        assert ram.word("read_index") == status.write_index or not taken.size
