"""Checks the image and the core during a measurement, and finds out why a board is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tinylab.bench.measure.sample_readers import NewSamples, Reader
from tinylab.bench.station.core_watch import doing, fault_error, fault_record
from tinylab.bench.station.runtime_error import refused
from tinylab.bench.station.silence_timeout import Silence
from tinylab.build.symbols import Symbols
from tinylab.errors import (
    BoardReset,
    BoardSilent,
    CoreHalted,
    WrongImage,
)
from tinylab.probe.connection import CoreState
from tinylab.probe.core_fault import fault_of
from tinylab.stream import frames
from tinylab.stream.ring import Memory, Ring


class MeasuredBoard(Memory, Protocol):
    """A debug connection to the board."""

    def reset_and_halt(self) -> None: ...

    def halt(self) -> None: ...

    def resume(self) -> None: ...

    def catch_faults(self) -> None: ...

    def core_state(self) -> CoreState: ...

    def read_core_register(self, name: str) -> int: ...

    def read_words(self, address: int, count: int) -> tuple[int, ...]: ...


class ExpectedImage(Protocol):
    """The image that is expected to run."""

    @property
    def build_id(self) -> bytes: ...

    @property
    def symbols(self) -> Callable[[], Symbols]:
        """Read only if a place must be named."""
        ...

    @property
    def adapter(self) -> str:
        """How the firmware calls the network."""
        ...


class BoardHealth:
    """Checks the board behind `link`, which should run the image that `wanted` describes."""

    def __init__(self, link: MeasuredBoard, ring: Ring, wanted: ExpectedImage) -> None:
        self._link = link
        self._ring = ring
        self._build_id = wanted.build_id
        self._symbols = wanted.symbols
        self._adapter = wanted.adapter

    def look(self) -> frames.Status:
        """The mailbox, read while the core is halted briefly."""
        self._link.halt()
        status = self._ring.status()
        self._link.resume()
        return status

    def check_firmware(self, status: frames.Status) -> None:
        """Checks that it is our image and was not reset since the start.

        Raises MeasurementError, and LinkError when the board was reset.
        """
        if status.build_id != self._build_id or status.protocol != frames.PROTOCOL:
            raise WrongImage(
                f"The board runs another image ({status.build_id.hex()[:12]}) than the one "
                f"built ({self._build_id.hex()[:12]}).",
                remedy="Run again. If the error persists, another program writes to this board's "
                "flash.",
                found=status.build_id.hex(),
                wanted=self._build_id.hex(),
            )
        if status.starts > 1:
            raise BoardReset(
                f"The board was reset while it measured: its firmware began {status.starts} times.",
                remedy="Check its supply and USB cable, that no option byte starts a watchdog "
                "(IWDG_SW, WWDG_SW), and that no other program uses the probe.",
                starts=status.starts,
            )
        if status.state == frames.FirmwareState.REFUSED:
            raise refused(self._adapter, status.ai_error)

    def check_core(self) -> None:
        """Checks that the core runs. Raises MeasurementError if it faulted or was halted."""
        state = self._link.core_state()
        if state is CoreState.LOCKUP:
            self._link.halt()
        elif state is not CoreState.HALTED:
            return
        symbols = self._symbols()
        fault = fault_of(self._link, locked_up=state is CoreState.LOCKUP)
        if fault is not None:
            raise fault_error(fault_record(fault, symbols), symbols)
        pc = self._link.read_core_register("pc")
        place = symbols.place(pc)
        raise CoreHalted(
            f"The core was halted in {place}, but not by tinylab.",
            remedy="Close other debuggers, and run again.",
            place=place,
            pc=pc,
        )

    def explain(self, silence: Silence, reader: Reader) -> NewSamples:
        """The end of a request if only the transfer of samples was silent.

        Otherwise raises the cause: MeasurementError or LinkError.
        """
        self.check_core()
        status = self.look()
        if status.alive:
            self.check_firmware(status)
            end = reader.conclude(status)
            if end is not None:
                return end
        seen = doing(self._link, self._symbols())
        if not status.alive or silence is Silence.NEVER_SPOKE:
            raise BoardSilent(
                f"The board does not respond: its firmware does not run. {seen}",
                remedy="Press its reset button and run again; BOOT0 must be low.",
            )
        raise BoardSilent(
            f"The board stopped responding after {status.write_index} inferences. {seen}",
            remedy="Reset it and run again. If the error persists, the network may not terminate.",
            inferences=status.write_index,
        )
