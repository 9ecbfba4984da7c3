"""Frames out of a line that damages, loses and repeats them; no line, only bytes."""

from __future__ import annotations

import random

import pytest

from tests.fakes.serial_frames import sent
from tinylab.stream.decoder import Decoder, Frame
from tinylab.stream.frames import FRAME_MARK, FRAME_WORDS, FrameKind
from tinylab.stream.uart import Records

SEQUENCE = 7


def measured(number: int, count: int = FRAME_WORDS, sequence: int = SEQUENCE) -> Frame:
    """Samples whose cycles are 1000 and their number."""
    words = tuple(range(1000 + number, 1000 + number + count))
    return Frame(FrameKind.MEASURED, sequence, number, words)


def end(number: int) -> Frame:
    return Frame(FrameKind.END, SEQUENCE, number, ())


TEN = [measured(number) for number in range(0, 80, 8)]


def taken(data: bytes, records: Records | None = None) -> list[int]:
    records = records or Records(SEQUENCE)
    return [int(one) for stretch in records.feed(data) for one in stretch.cycles]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 43, 1000])
def test_frames_are_found_in_any_pieces(piece: int) -> None:
    decoder = Decoder()
    data = b"".join(map(sent, TEN))
    found = []
    for at in range(0, len(data), piece):
        found += decoder.feed(data[at : at + piece])
    assert found == TEN
    assert decoder.damaged == 0


def test_the_mark_inside_a_frame_is_no_beginning() -> None:
    word = int.from_bytes(FRAME_MARK * 2, "little")
    frame = Frame(FrameKind.MEASURED, SEQUENCE, word, (word,) * FRAME_WORDS)
    decoder = Decoder()
    assert decoder.feed(sent(frame) * 3) == [frame] * 3
    assert decoder.damaged == 0


@pytest.mark.parametrize("at", range(len(sent(TEN[0]))))
@pytest.mark.parametrize("bit", [0, 7])
def test_any_wrong_bit_costs_its_frame_only(at: int, bit: int) -> None:
    data = bytearray(b"".join(map(sent, TEN[:3])))
    data[len(sent(TEN[0])) + at] ^= 1 << bit
    decoder = Decoder()
    assert decoder.feed(bytes(data)) == [TEN[0], TEN[2]]
    assert decoder.damaged == 1


@pytest.mark.parametrize("at", range(len(sent(TEN[0]))))
def test_any_byte_that_is_dropped_or_doubled_costs_its_frame_only(at: int) -> None:
    first, second, third = map(sent, TEN[:3])
    for broken in (second[:at] + second[at + 1 :], second[:at] + second[at : at + 1] * 2):
        if broken + b"\0" == second + second[-1:]:
            continue
        found = Decoder().feed(first + broken + second[at : at + 1] + third + third)
        assert found[0] == TEN[0]
        assert TEN[2] in found
        assert set(map(str, found)) <= set(map(str, TEN))


def test_the_port_being_switched_on_is_no_damage_and_a_wrong_rate_is() -> None:
    decoder = Decoder()
    assert decoder.feed(b"\0\xff\0" + sent(TEN[0])) == [TEN[0]]
    assert decoder.damaged == 0
    wrong = Decoder()
    wrong.feed(bytes(byte ^ 0x6D for byte in b"".join(map(sent, TEN))))
    assert wrong.damaged == 1


@pytest.mark.parametrize(("stray", "damaged"), [(16, 0), (17, 1)])
@pytest.mark.parametrize("piece", [1, 1000])
def test_only_so_much_is_forgiven_before_the_first_frame(
    stray: int, damaged: int, piece: int
) -> None:
    decoder = Decoder()
    data = bytes(stray) + sent(TEN[0])
    found = [
        one for at in range(0, len(data), piece) for one in decoder.feed(data[at : at + piece])
    ]
    assert found == [TEN[0]]
    assert decoder.damaged == damaged


def test_no_stray_byte_is_forgiven_behind_the_first_frame() -> None:
    decoder = Decoder()
    decoder.feed(sent(TEN[0]) + b"\0" + sent(TEN[1]))
    assert decoder.damaged == 1
    decoder.feed(b"\0" * 3 + sent(TEN[2]))
    assert decoder.damaged == 2, "each stretch counts once, however long it is"


def test_a_frame_of_too_many_words_is_none() -> None:
    decoder = Decoder()
    assert decoder.feed(sent(measured(0, FRAME_WORDS + 1)) + sent(TEN[0])) == [TEN[0]]
    assert decoder.damaged == 1


def test_a_frame_of_no_known_kind_is_none() -> None:
    strange = Frame(max(FrameKind) + 1, SEQUENCE, 0, ())  # type: ignore[arg-type]
    decoder = Decoder()
    assert decoder.feed(sent(TEN[0]) + sent(strange) + sent(TEN[1])) == TEN[:2]
    assert decoder.damaged == 1


def test_gaps_are_counted_and_samples_stay_in_order() -> None:
    records = Records(SEQUENCE)
    data = b"".join(map(sent, [TEN[0], TEN[3], TEN[4], end(48)]))
    assert taken(data, records) == [*range(1000, 1008), *range(1024, 1040)]
    assert records.lost == 16 + 8
    assert records.served
    assert records.repeated == 0


def test_what_comes_behind_a_small_gap_is_whole() -> None:
    records = Records(SEQUENCE)
    data = b"".join(map(sent, [TEN[0], measured(11)]))
    assert taken(data, records) == [*range(1000, 1008), *range(1011, 1019)]
    assert (records.lost, records.measured, records.samples) == (3, 19, 19)


def test_an_end_that_says_less_than_came_loses_nothing() -> None:
    records = Records(SEQUENCE)
    taken(sent(TEN[0]) + sent(end(5)), records)
    assert records.lost == 0


def test_the_end_is_counted_once() -> None:
    records = Records(SEQUENCE)
    taken(b"".join(map(sent, [TEN[0], end(10), end(20)])), records)
    assert (records.served, records.lost) == (True, 2)


def test_the_low_half_of_a_sequence_number_is_what_frames_have() -> None:
    records = Records(0x1_0000 + SEQUENCE)
    assert taken(sent(TEN[0]), records) == [*range(1000, 1008)]


def test_what_comes_twice_is_counted_once() -> None:
    records = Records(SEQUENCE)
    again = [TEN[0], TEN[0], TEN[1], TEN[0], measured(12), end(20), end(20)]
    assert taken(b"".join(map(sent, again)), records) == list(range(1000, 1020))
    assert records.repeated == 3
    assert records.lost == 0


def test_frames_of_an_earlier_request_are_left_out() -> None:
    records = Records(SEQUENCE)
    assert taken(sent(measured(0, sequence=SEQUENCE - 1)) + sent(TEN[0]), records) == [
        *range(1000, 1008)
    ]
    assert records.frames == 1


def test_warmup_is_numbered_by_itself_and_its_gaps_are_no_loss() -> None:
    records = Records(SEQUENCE)
    warm = [Frame(FrameKind.WARMUP, SEQUENCE, number, (5,)) for number in (0, 2)]
    stretches = records.feed(b"".join(map(sent, [*warm, TEN[0], end(8)])))
    assert [stretch.warmup for stretch in stretches] == [True, True, False]
    assert [stretch.cycles.tolist() for stretch in stretches[:2]] == [[5], [5]]
    assert (records.lost, records.measured, records.samples) == (0, 8, 3 + 8)


def test_a_reset_in_mid_request_is_told() -> None:
    records = Records(SEQUENCE)
    begins = [Frame(FrameKind.BEGIN, SEQUENCE, starts, (1, 2, 3, 4)) for starts in (1, 2)]
    assert taken(b"".join(map(sent, [begins[0], TEN[0], begins[1], TEN[0]])), records) == [
        *range(1000, 1008)
    ]
    assert records.starts == 2
    taken(sent(begins[0]), records)
    assert records.starts == 2


@pytest.mark.parametrize("seed", range(40))
def test_however_a_line_mistreats_them_no_sample_is_wrong_or_comes_twice(seed: int) -> None:
    chance = random.Random(seed)
    total = 400
    whole = [sent(measured(number)) for number in range(0, total, 8)] + [sent(end(total))]
    line = bytearray()
    for frame in whole:
        for byte in frame * chance.choice([1, 1, 1, 2]):
            dice = chance.random()
            if dice < 0.004:
                continue
            line += bytes([byte ^ (1 << chance.randrange(8)) if dice < 0.008 else byte])
            line += bytes([byte]) if dice > 0.996 else b""
    records = Records(SEQUENCE)
    samples = []
    while line:
        piece = chance.randrange(1, 60)
        samples += taken(bytes(line[:piece]), records)
        del line[:piece]
    assert samples == sorted(set(samples))
    assert set(samples) <= set(range(1000, 1000 + total))
    missing = total - len(samples)
    assert records.lost == (missing if records.served else records.measured - len(samples))
