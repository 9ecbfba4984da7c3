"""Warm-up and measured samples are told apart, however the host's reads fall."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from tinylab.bench.measure.measurement import Bench, Target
from tinylab.bench.measure.sample_readers import Batch
from tinylab.bench.plan.stop_rule import StopRule
from tinylab.boards import catalog
from tinylab.boards.clocks import solve
from tinylab.probe.connection import CoreState
from tinylab.stream import frames

MAILBOX, RING, INPUT, OUTPUT = 0x1000, 0x2000, 0x5000, 0x5100
BUILD_ID = bytes(range(16))
WARM, MEASURED = 1_000, 5_000
"""Cycles from here on; which kind a sample is can be seen by its number."""


class Core:
    """A memory with a firmware that does one store after each word the host reads."""

    def __init__(self, warmup: int, measured: int) -> None:
        self.data = bytearray(0x6000)
        self._stores = self._serve(warmup, measured)

    def read_bytes(self, address: int, size: int) -> bytes:
        return b"".join(self._read_word(at) for at in range(address, address + size, 4))

    def _read_word(self, address: int) -> bytes:
        word = bytes(self.data[address : address + 4])
        next(self._stores, None)
        return word

    def write_bytes(self, address: int, data: bytes) -> None:
        self.data[address : address + len(data)] = data

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        return (0,) * count

    def step(self, times: int) -> None:
        for _ in range(times):
            next(self._stores, None)

    def reset_and_halt(self) -> None: ...

    def halt(self) -> None: ...

    def resume(self) -> None: ...

    def catch_faults(self) -> None: ...

    def core_state(self) -> CoreState:
        return CoreState.RUNNING

    def read_core_register(self, name: str) -> int:
        raise AssertionError("the core never stands")

    def _get(self, field: str) -> int:
        at = MAILBOX + frames.OFFSETS[field]
        return int.from_bytes(self.data[at : at + 4], "little")

    def _put(self, field: str, value: int) -> None:
        self.write_bytes(MAILBOX + frames.OFFSETS[field], value.to_bytes(4, "little"))

    def _keep(self, cycles: int, warmup: int) -> Iterator[None]:
        """As `keep` in the firmware, store by store."""
        index = self._get("write_index")
        room = frames.RING_ENTRIES // 2 if warmup else frames.RING_ENTRIES
        if index - self._get("read_index") >= room:
            self._put("dropped", self._get("dropped") + 1 - warmup)
            yield
            return
        self.write_bytes(RING + 4 * (index % frames.RING_ENTRIES), cycles.to_bytes(4, "little"))
        yield
        if warmup:
            self._put("warmup_written", self._get("warmup_written") + 1)
            yield
        self._put("write_index", index + 1)
        yield

    def _serve(self, warmup: int, measured: int) -> Iterator[None]:
        while self._get("request_magic") != frames.REQUEST_MAGIC:
            yield
        self._put("protocol", frames.PROTOCOL)
        self.write_bytes(MAILBOX + frames.OFFSETS["build_id"], BUILD_ID)
        self._put("firmware_magic", frames.FIRMWARE_MAGIC)
        self._put("serving", self._get("sequence"))
        for number in range(warmup):
            yield from self._keep(WARM + number, 1)
        for number in range(measured):
            yield from self._keep(MEASURED + number, 0)
        self._put("served", self._get("sequence"))


class Time:
    window_s = 0.0

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        self._now += 1e-3
        return self._now


def served(warmup: int, measured: int, head_start: int = 0) -> tuple[list[int], list[Batch]]:
    """The measurement's cycles, and the batches that were told."""
    core = Core(warmup, measured)
    core.resume = lambda: core.step(head_start)  # type: ignore[method-assign]
    target = Target(MAILBOX, RING, INPUT, OUTPUT, 4, BUILD_ID)
    told: list[Batch] = []
    bench = Bench(core, target, Time(), lambda: False)
    rule = StopRule(warmup, measured, measured, 0)
    clock = solve(catalog.by_name("nucleo_wb55rg"), 64e6)
    result = bench.measure(clock, rule, [bytes(4)], 1, told.append)
    return result.cycles.tolist(), told


def joined(batches: Sequence[Batch]) -> list[int]:
    """The samples of one kind; each batch must go on where the last one ended."""
    cycles: list[int] = []
    for batch in batches:
        assert batch.cycles.size
        assert batch.first_index == len(cycles)
        cycles += batch.cycles.tolist()
        assert batch.total == len(cycles)
    return cycles


@pytest.mark.parametrize("head_start", range(12))
def test_no_warmup_sample_is_ever_taken_for_a_measured_one(head_start: int) -> None:
    cycles, told = served(60, 60, head_start)
    assert len(told) > 3
    assert cycles == list(range(MEASURED, MEASURED + 60))
    assert joined([batch for batch in told if not batch.warmup]) == cycles
    warm = joined([batch for batch in told if batch.warmup])
    assert warm == list(range(WARM, WARM + 60))


def test_without_warmup_everything_is_measured() -> None:
    cycles, told = served(0, 5)
    assert len(cycles) == 5
    assert not any(batch.warmup for batch in told)


def test_a_full_ring_forgets_warmup_and_counts_measured_ones() -> None:
    """The host comes only when all is over."""
    half = frames.RING_ENTRIES // 2
    cycles, told = served(half + 3, half + 7, head_start=10 * frames.RING_ENTRIES)
    assert cycles == list(range(MEASURED, MEASURED + half))
    assert joined(told[:1]) == list(range(WARM, WARM + half))
    assert [(batch.warmup, batch.lost) for batch in told] == [(True, 7), (False, 7)]
