"""When a board that says nothing is given up, on clocks that the test sets."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from tinylab.bench.station import silence_timeout
from tinylab.bench.station.silence_timeout import Silence, Watch

ANSWER_S, SILENCE_S = 20.0, 5.0


@dataclass
class Clock:
    """The host's time, and the board's."""

    host: float = 1_000.0
    board: float = 0.0
    window_s: float = 1.0

    def now(self) -> float:
        return self.board

    def pass_(self, seconds: float) -> None:
        self.host += seconds
        self.board += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: made.host)
    return made


def test_how_long_a_user_waits_for_nothing() -> None:
    assert (silence_timeout.ANSWER_S, silence_timeout.SILENCE_S) == (ANSWER_S, SILENCE_S)


def test_a_board_that_goes_on_is_never_given_up(clock: Clock) -> None:
    watch = Watch(clock, SILENCE_S)
    for sign in range(100):
        clock.pass_(SILENCE_S)
        assert watch.see(True, sign) is None


def test_a_board_that_falls_silent_is_given_up_after_its_time(clock: Clock) -> None:
    watch = Watch(clock, SILENCE_S)
    clock.pass_(3.0)
    assert watch.see(True, "a sign") is None
    clock.pass_(SILENCE_S)
    assert watch.see(True, "a sign") is None
    clock.pass_(0.1)
    assert watch.see(True, "a sign") is Silence.FELL_SILENT
    assert watch.see(True, "another") is None


def test_a_board_that_gives_no_sign_from_the_start_is_given_up_too(clock: Clock) -> None:
    watch = Watch(clock, SILENCE_S)
    clock.pass_(SILENCE_S + 0.1)
    assert watch.see(True, None) is Silence.FELL_SILENT


def test_firmware_that_has_not_begun_is_waited_for_in_host_time(clock: Clock) -> None:
    watch = Watch(clock, 1_000.0)
    clock.pass_(ANSWER_S)
    assert watch.see(False, None) is None
    clock.pass_(0.1)
    assert watch.see(False, None) is Silence.NEVER_SPOKE


def test_a_board_whose_time_stands_still_is_given_up_in_host_time(clock: Clock) -> None:
    watch = Watch(clock, SILENCE_S)
    clock.pass_(1.0)
    assert watch.see(True, "a sign") is None
    clock.host += ANSWER_S
    assert watch.see(True, "a sign") is None
    clock.host += 0.1
    assert watch.see(True, "a sign") is Silence.NEVER_SPOKE


def test_time_that_goes_on_counts_for_firmware_that_has_begun_only(clock: Clock) -> None:
    watch = Watch(clock, 1_000.0)
    for _ in range(3):
        clock.pass_(ANSWER_S / 2)
        assert watch.see(True, None) is None
    clock.pass_(ANSWER_S / 2)
    assert watch.see(False, None) is None
    clock.pass_(ANSWER_S / 2 + 0.1)
    assert watch.see(False, None) is Silence.NEVER_SPOKE
