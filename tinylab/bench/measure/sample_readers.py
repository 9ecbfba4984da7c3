"""Read samples from the board: from its RAM over SWD, or over its serial port."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tinylab.boards.serial import Rate
from tinylab.errors import SerialLineError
from tinylab.stream import frames
from tinylab.stream.ring import Cycles, Ring
from tinylab.stream.uart import Records, Stretch


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of one kind, as read from the board; never empty.

    `first_index` counts samples of the kind from 0, `lost` is the number of measured samples lost
    so far.
    """

    first_index: int
    cycles: Cycles
    warmup: bool
    lost: int

    @property
    def total(self) -> int:
        """The number of samples of the kind, including these."""
        return self.first_index + self.cycles.size


@dataclass(frozen=True, eq=False)
class NewSamples:
    """The result of polling the board.

    `sign` changes whenever the board shows activity; `alive` is False while the firmware is known
    not to have started. `status` is None if the mailbox was not read.
    """

    batches: tuple[Batch, ...]
    alive: bool
    sign: Hashable
    served: bool
    lost: int
    status: frames.Status | None = None


class Reader(Protocol):
    """Reads samples over one link, for one request after the other."""

    serial_divider: int
    """The divider for the firmware; 0 if it must not send."""

    def expect(self, sequence: int, *, samples: bool = True) -> None:
        """The request of that number has just been written; without `samples`, their loss is not an
        error.
        """
        ...

    def poll(self) -> NewSamples:
        """Returns new samples; never waits. Raises LinkError."""
        ...

    def conclude(self, status: frames.Status) -> NewSamples | None:
        """After a silence: the end of a request that is served according to `status`.

        None when the board itself is silent. Raises SerialLineError if only its serial line is
        silent.
        """
        ...


class _Batches:
    """Counts samples of each kind."""

    def __init__(self) -> None:
        self._taken = {True: 0, False: 0}

    def batch(self, stretch: Stretch, lost: int) -> Batch:
        first = self._taken[stretch.warmup]
        self._taken[stretch.warmup] += stretch.cycles.size
        return Batch(first, stretch.cycles, stretch.warmup, lost)


class RingReader:
    """Reads mailbox and ring over SWD while the core runs."""

    serial_divider = 0

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._sequence = 0
        self._taken = 0
        self._batches = _Batches()

    def expect(self, sequence: int, *, samples: bool = True) -> None:
        self._sequence, self._taken = sequence, 0
        self._batches = _Batches()

    def poll(self) -> NewSamples:
        status = self._ring.status()
        stretches: tuple[Stretch, ...] = ()
        ours = status.alive and status.serving == self._sequence and status.starts <= 1
        if ours and status.protocol == frames.PROTOCOL:
            stretches = self._stretches(status)
        return NewSamples(
            tuple(self._batches.batch(one, status.dropped) for one in stretches),
            alive=status.alive,
            sign=(status.state, status.write_index),
            served=status.alive and status.served == self._sequence,
            lost=status.dropped,
            status=status,
        )

    def _stretches(self, status: frames.Status) -> tuple[Stretch, ...]:
        """The next samples: of the warm-up, then measured ones."""
        cycles = self._ring.take(status)
        warmup = min(max(status.warmup_written - self._taken, 0), cycles.size)
        self._taken += cycles.size
        both = Stretch(True, cycles[:warmup]), Stretch(False, cycles[warmup:])
        return tuple(stretch for stretch in both if stretch.cycles.size)

    def conclude(self, status: frames.Status) -> None:
        """Over SWD there is nothing more to read."""


class Port(Protocol):
    """An open serial port."""

    def read(self) -> bytes: ...


class SerialReader:
    """Reads the serial port, and does not use SWD until the request is served.

    If not `tolerant`, raises SerialLineError as soon as data is missing. `look` reads the mailbox
    and halts the core briefly.
    """

    def __init__(
        self, port: Port, rate: Rate, look: Callable[[], frames.Status], *, tolerant: bool
    ) -> None:
        self.serial_divider = rate.divider
        self.repeated = 0
        self._port = port
        self._rate = rate
        self._look = look
        self._tolerant = tolerant
        self._sequence = 0
        self._records = Records(0)
        self._batches = _Batches()
        self._heard = 0
        self._wanted = True

    def expect(self, sequence: int, *, samples: bool = True) -> None:
        self._port.read()  # discard what was sent before this request
        self._sequence = sequence
        self._wanted = samples
        self._heard = 0
        self._records = Records(sequence)
        self._batches = _Batches()

    def poll(self) -> NewSamples:
        data = self._port.read()
        self._heard += len(data)
        records = self._records
        before = records.repeated
        stretches = records.feed(data)
        self.repeated += records.repeated - before
        if not self._tolerant and (records.damaged or records.lost):
            raise self._trouble(
                f"{records.damaged} invalid records were received, and {records.lost} samples are "
                "missing"
            )
        look = records.served or records.starts > 1
        return self._news(stretches, self._look() if look else None)

    def _news(self, stretches: Sequence[Stretch], status: frames.Status | None) -> NewSamples:
        records = self._records
        return NewSamples(
            tuple(self._batches.batch(one, records.lost) for one in stretches),
            alive=True,
            sign=self._heard,
            served=records.served,
            lost=records.lost,
            status=status,
        )

    def conclude(self, status: frames.Status) -> NewSamples | None:
        records = self._records
        served = status.served == self._sequence
        if status.write_index - records.samples < frames.FRAME_WORDS and not served:
            return None
        enough = records.measured or not self._wanted
        if not self._tolerant or not served or not enough:
            raise self._trouble(
                f"{records.samples:,} of {status.write_index:,} samples were received, in "
                f"{self._heard:,} bytes"
            )
        records.ended(status.inferences)
        return self._news((), status)

    def _trouble(self, what: str) -> SerialLineError:
        return SerialLineError(
            f"The serial line fails at {self._rate.baud:,} baud: {what}.",
            remedy="Check that nothing else uses the port and that the board's solder bridges join "
            "it to the probe, or measure with --link swd.",
            baud=self._rate.baud,
        )
