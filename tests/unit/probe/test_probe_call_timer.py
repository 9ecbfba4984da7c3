"""The call timer against a core that is played: what it reads, where it stops."""

from __future__ import annotations

from tinylab.probe.call_timer import CallTimer

ENTRY, BACK, STACK = 0x0800_0100, 0x0800_0200, 0x2000_1000
PLAIN_FRAME, FROM_MSP = 0xFFFF_FFF9, 0x2000_0F00


class PlayedCore:
    """Registers, words and cycles as the test sets them; breakpoints as they are now."""

    def __init__(self) -> None:
        self.registers = {"pc": 0, "lr": BACK | 1, "sp": STACK, "msp": FROM_MSP, "psp": 0}
        self.words: dict[int, int] = {}
        self.breakpoints: set[int] = set()
        self.steps = 0
        self.cycles = self.begun = 0
        self.polls = 0

    def begin(self) -> None:
        self.begun = self.cycles

    def poll(self) -> None:
        self.polls += 1

    def end(self) -> int:
        return self.cycles - self.begun

    def read_core_register(self, name: str) -> int:
        return self.registers[name]

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        return tuple(self.words.get(address + 4 * index, 0) for index in range(count))

    def set_breakpoint(self, address: int) -> None:
        self.breakpoints.add(address)

    def remove_breakpoint(self, address: int) -> None:
        self.breakpoints.discard(address)

    def step(self) -> None:
        assert self.registers["pc"] not in self.breakpoints, "it would not move on silicon"
        self.steps += 1

    def halt_at(self, pc: int, cycles: int, stack: int = STACK) -> None:
        assert pc in self.breakpoints
        self.registers |= {"pc": pc, "sp": stack}
        self.cycles = cycles


def armed() -> tuple[PlayedCore, CallTimer]:
    core = PlayedCore()
    timer = CallTimer(core, ENTRY | 1, core)
    timer.arm()
    assert core.breakpoints == {ENTRY}
    return core, timer


def test_a_call_from_its_entry_to_its_return() -> None:
    core, timer = armed()
    core.halt_at(ENTRY, 1000)
    assert timer.halted() is None
    assert timer.inside
    assert core.breakpoints == {BACK}
    core.halt_at(BACK, 1805)
    assert timer.halted() == 805
    assert core.breakpoints == {ENTRY}


def test_a_return_on_another_stack_is_an_inner_call() -> None:
    core, timer = armed()
    core.halt_at(ENTRY, 0)
    timer.halted()
    core.halt_at(BACK, 50, stack=STACK - 32)
    assert timer.halted() is None
    assert core.steps == 1
    core.halt_at(BACK, 120)
    assert timer.halted() == 120


def test_the_counter_is_polled_in_calls_only() -> None:
    core, timer = armed()
    timer.poll()
    assert core.polls == 0
    core.halt_at(ENTRY, 0)
    timer.halted()
    timer.poll()
    assert core.polls == 1


def test_a_handler_returns_to_what_it_interrupted() -> None:
    core, timer = armed()
    core.registers["lr"] = PLAIN_FRAME
    core.words |= {FROM_MSP + 24: BACK, FROM_MSP + 28: 0x0100_0200}
    core.halt_at(ENTRY, 0, stack=FROM_MSP)
    timer.halted()
    assert core.breakpoints == {BACK}
    core.halt_at(BACK, 90, stack=FROM_MSP + 32 + 4)
    assert timer.halted() == 90


def test_a_core_that_stands_at_the_entry_already() -> None:
    core = PlayedCore()
    core.registers["pc"] = ENTRY
    timer = CallTimer(core, ENTRY, core)
    timer.arm()
    assert timer.inside
    assert core.breakpoints == {BACK}


def test_disarmed_in_a_call_nothing_stays_behind() -> None:
    core, timer = armed()
    core.halt_at(ENTRY, 0)
    timer.halted()
    timer.disarm()
    assert not core.breakpoints
    assert not timer.inside
