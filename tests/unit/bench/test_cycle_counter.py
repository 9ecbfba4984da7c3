"""DWT CYCCNT as a counter of calls, against registers and a clock that are played."""

from __future__ import annotations

import pytest

from tinylab.bench.firmware.cycle_counter import CYCCNT, DEMCR, DWT_CTRL, DwtCounter
from tinylab.errors import MeasurementError

MAX_HZ = 64_000_000


class PlayedCore:
    """Words as the test sets them; each read takes some of the host's time."""

    def __init__(self) -> None:
        self.words = {CYCCNT: 0, DEMCR: 0, DWT_CTRL: 0x4000_0000}
        self.seconds = 100.0

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        self.seconds += 0.001
        return tuple(self.words[address + 4 * index] for index in range(count))

    def write_words(self, address: int, words: tuple[int, ...]) -> None:
        self.words.update({address + 4 * index: word for index, word in enumerate(words)})

    def now(self) -> float:
        return self.seconds

    def runs(self, seconds: float, reading: int) -> None:
        """Until the counter has this reading."""
        self.seconds += seconds
        self.words[CYCCNT] = reading


def begun(reading: int = 0) -> tuple[PlayedCore, DwtCounter]:
    core = PlayedCore()
    core.words[CYCCNT] = reading
    counter = DwtCounter(core, MAX_HZ, core.now)
    counter.begin()
    return core, counter


def test_the_counter_is_switched_on() -> None:
    core, _ = begun()
    assert core.words[DEMCR] == 1 << 24
    assert core.words[DWT_CTRL] == 0x4000_0001


def test_a_call_longer_than_the_counter() -> None:
    core, counter = begun(2**32 - 10)
    for reading in (2**31, 5, 2**31):
        core.runs(40.0, reading)
        counter.poll()
    core.runs(40.0, 5)
    assert counter.end() == 10 + 2 * 2**32 + 5


def test_at_the_highest_clock() -> None:
    """The whole time between the readings counts, and an oscillator may be a little fast."""
    core, counter = begun()
    core.runs(0.001, round(0.0011 * MAX_HZ))
    assert counter.end() == 70_400


def test_a_counter_that_was_set_to_0_is_not_believed() -> None:
    core, counter = begun(50_000)
    core.runs(0.02, 8_000)
    with pytest.raises(MeasurementError, match="differs by 4,294,925,296 cycles") as caught:
        counter.end()
    assert "64 MHz" in caught.value.message
    assert "virtual board" in caught.value.remedy


@pytest.mark.parametrize(("register", "value"), [(DWT_CTRL, 0x4000_0000), (DEMCR, 0)])
def test_a_counter_that_was_switched_off_is_not_believed(register: int, value: int) -> None:
    core, counter = begun()
    core.runs(0.02, 8_000)
    core.words[register] = value
    with pytest.raises(MeasurementError, match="switched it off"):
        counter.end()
