"""Collects the frames of one request: samples received and samples lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tinylab.stream.decoder import Decoder, Frame
from tinylab.stream.frames import FrameKind
from tinylab.stream.ring import Cycles

SEQUENCE_MASK = 0xFFFF


@dataclass(frozen=True, eq=False)
class Stretch:
    """Consecutive samples of one kind; never empty."""

    warmup: bool
    cycles: Cycles


class Records:
    """The samples of the request `sequence`, each once, in order.

    `lost` counts measured samples that were not received, `repeated` frames that were received
    again, `damaged` runs of bytes that were not part of a frame. `starts` is the number of
    resets that the firmware reports; `served` is true once it has completed the request.
    """

    def __init__(self, sequence: int) -> None:
        self._sequence = sequence & SEQUENCE_MASK
        self._decoder = Decoder()
        self._next = {FrameKind.WARMUP: 0, FrameKind.MEASURED: 0}
        self.frames = 0
        self.lost = 0
        self.repeated = 0
        self.starts = 0
        self.served = False

    @property
    def damaged(self) -> int:
        return self._decoder.damaged

    @property
    def measured(self) -> int:
        """Measured samples up to the last one received, including lost ones."""
        return self._next[FrameKind.MEASURED]

    @property
    def samples(self) -> int:
        """All samples, including the warm-up."""
        return sum(self._next.values())

    def feed(self, data: bytes) -> list[Stretch]:
        """The new samples in these bytes."""
        stretches = []
        for frame in self._decoder.feed(data):
            if frame.sequence != self._sequence:
                continue
            self.frames += 1
            if frame.kind in self._next:
                fresh = self._fresh(frame)
                if fresh:
                    cycles = np.asarray(fresh, dtype=np.uint64)
                    stretches.append(Stretch(frame.kind is FrameKind.WARMUP, cycles))
            else:
                self._note(frame)
        return stretches

    def _fresh(self, frame: Frame) -> tuple[int, ...]:
        """The samples not received before; counts a gap before them as lost."""
        expected = self._next[frame.kind]
        end = frame.number + len(frame.words)
        if frame.number < expected:
            self.repeated += 1
        elif frame.kind is FrameKind.MEASURED:
            self.lost += frame.number - expected
        if end <= expected:
            return ()
        self._next[frame.kind] = end
        return frame.words[max(0, expected - frame.number) :]

    def _note(self, frame: Frame) -> None:
        if frame.kind is FrameKind.BEGIN:
            self.starts = max(self.starts, frame.number)
        elif not self.served:
            self.ended(frame.number)

    def ended(self, measured: int) -> None:
        """Mark the request as served, with `measured` samples in total."""
        self.lost += max(0, measured - self._next[FrameKind.MEASURED])
        self.served = True
