"""Is it our image, is it well, and why does it say nothing: on a core that the test makes up."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tinylab.bench.measure.board_health import BoardHealth
from tinylab.bench.station import core_watch
from tinylab.bench.station.silence_timeout import Silence
from tinylab.build.symbols import Symbols
from tinylab.errors import LinkError, MeasurementError
from tinylab.probe.connection import CoreState
from tinylab.stream import frames

BUILD_ID = bytes(range(16))
HARD_FAULT = 3
RUNS = frames.Status(
    firmware_magic=frames.FIRMWARE_MAGIC,
    protocol=frames.PROTOCOL,
    build_id=BUILD_ID,
    cpuid=0,
    running_hz=0,
    state=frames.FirmwareState.RUNNING,
    serving=1,
    served=0,
    inferences=7,
    write_index=9,
    warmup_written=2,
    dropped=0,
    overhead=0,
    first_cycles=0,
    stack_used=0,
    ai_error=0,
    starts=1,
)


@dataclass
class Core:
    """A core in `state`, handling exception number `exception`; `did` is what was done to it."""

    state: CoreState = CoreState.RUNNING
    exception: int = 0
    did: list[str] = field(default_factory=list)

    def core_state(self) -> CoreState:
        return self.state

    def halt(self) -> None:
        self.did.append("halt")

    def resume(self) -> None:
        self.did.append("resume")

    def read_core_register(self, name: str) -> int:
        return {"xpsr": self.exception, "pc": 0x0800_0100}.get(name, 0)

    def read_words(self, address: int, count: int) -> tuple[int, ...]:
        return (0,) * count


@dataclass
class Mailbox:
    said: frames.Status = RUNS

    def status(self) -> frames.Status:
        return self.said


@dataclass
class Reader:
    """Concludes a request with this."""

    end: Any = None
    concluded: list[frames.Status] = field(default_factory=list)

    def conclude(self, status: frames.Status) -> Any:
        self.concluded.append(status)
        return self.end


class ExpectedImage:
    build_id = BUILD_ID
    symbols = Symbols
    adapter = "ai_5"


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_watch, "SAMPLE_S", 0.0)


def health(core: Core | None = None, said: frames.Status = RUNS) -> BoardHealth:
    return BoardHealth(core or Core(), Mailbox(said), ExpectedImage())  # type: ignore[arg-type]


# The image


def test_our_image_that_went_on_since_its_start_is_well() -> None:
    health().check_firmware(RUNS)
    health().check_firmware(replace(RUNS, starts=0))


@pytest.mark.parametrize(
    ("changes", "kind", "sentence"),
    [
        ({"build_id": bytes(16)}, MeasurementError, "another image (000000000000)"),
        ({"protocol": frames.PROTOCOL + 1}, MeasurementError, "another image"),
        ({"starts": 2}, LinkError, "its firmware began 2 times"),
        ({"state": frames.FirmwareState.REFUSED}, MeasurementError, "runtime reported an error"),
    ],
)
def test_an_image_that_is_not_well(
    changes: dict[str, Any], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind) as caught:
        health().check_firmware(replace(RUNS, **changes))
    assert sentence in str(caught.value)


def test_the_core_stands_only_while_its_mailbox_is_read() -> None:
    core = Core()
    assert health(core).look() == RUNS
    assert core.did == ["halt", "resume"]


# The core


@pytest.mark.parametrize("state", [CoreState.RUNNING, CoreState.SLEEPING])
def test_a_core_that_runs_or_sleeps_is_well(state: CoreState) -> None:
    core = Core(state)
    health(core).check_core()
    assert core.did == []


def test_a_core_that_somebody_halted() -> None:
    core = Core(CoreState.HALTED)
    with pytest.raises(MeasurementError, match="halted in 0x08000100, but not by tinylab"):
        health(core).check_core()
    assert core.did == []


def test_a_core_in_a_faults_handler() -> None:
    with pytest.raises(MeasurementError, match="A HardFault occurred"):
        health(Core(CoreState.HALTED, HARD_FAULT)).check_core()


def test_a_core_that_is_locked_up_is_halted_to_be_looked_at() -> None:
    core = Core(CoreState.LOCKUP, HARD_FAULT)
    with pytest.raises(MeasurementError, match="A lock-up in HardFault occurred"):
        health(core).check_core()
    assert core.did == ["halt"]


# A silence


def test_a_silence_of_the_line_alone_is_the_end_of_the_request() -> None:
    reader = Reader("the end")
    assert health().explain(Silence.FELL_SILENT, reader) == "the end"  # type: ignore[arg-type,comparison-overlap]
    assert reader.concluded == [RUNS]


@pytest.mark.parametrize(
    ("silence", "magic", "sentence"),
    [
        (Silence.FELL_SILENT, frames.FIRMWARE_MAGIC, "stopped responding after 9 inferences"),
        (Silence.NEVER_SPOKE, frames.FIRMWARE_MAGIC, "its firmware does not run"),
        (Silence.FELL_SILENT, 0, "its firmware does not run"),
        (Silence.NEVER_SPOKE, 0, "its firmware does not run"),
    ],
)
def test_a_board_that_is_silent_itself(silence: Silence, magic: int, sentence: str) -> None:
    reader = Reader()
    said = replace(RUNS, firmware_magic=magic)
    with pytest.raises(LinkError) as caught:
        health(said=said).explain(silence, reader)  # type: ignore[arg-type]
    assert sentence in caught.value.message
    assert "The core was in 0x08000100 (always when sampled)." in caught.value.message
    assert bool(reader.concluded) is (magic != 0), "who never began has no request to end"


def test_a_fault_explains_a_silence_best() -> None:
    with pytest.raises(MeasurementError, match="HardFault"):
        health(Core(CoreState.HALTED, HARD_FAULT)).explain(Silence.FELL_SILENT, Reader())  # type: ignore[arg-type]


def test_another_image_explains_a_silence() -> None:
    with pytest.raises(MeasurementError, match="another image"):
        health(said=replace(RUNS, build_id=bytes(16))).explain(Silence.FELL_SILENT, Reader())  # type: ignore[arg-type]
