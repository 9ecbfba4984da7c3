"""Counts the cycles of each layer of an inference on a virtual board, and why they passed.

Breakpoints halt the core where a layer's function begins and where it returns. On a virtual board
that changes no count: its time stands while the core is halted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from tinylab.bench.measure.model_counter import CauseCounter, ModelCounter, named
from tinylab.bench.station.station import Station
from tinylab.codegen.layer_calls import LayerCall
from tinylab.probe.call_timer import CallTimer
from tinylab.results.layer_profile import LayerCycles
from tinylab.sim.machine import Machine

WAIT_S = 0.1
"""Of the host; waiting ends when the core halts."""
INFERENCES = 2
"""The first one is warm-up."""


class LayerTimer:
    """Times the `calls` of each inference on the virtual board of `station`.

    `symbols` are the addresses of the image's functions.
    """

    def __init__(
        self,
        station: Station,
        machine: Machine,
        calls: Sequence[LayerCall],
        symbols: Mapping[str, int],
    ) -> None:
        self._link = station.connection
        self._machine = machine
        self._calls = calls
        self._symbols = symbols

    @classmethod
    def of(
        cls, station: Station, calls: Sequence[LayerCall], symbols: Mapping[str, int]
    ) -> LayerTimer | None:
        """None for a real board, and if a layer has no function of its own in the image."""
        found = bool(calls) and all(call.function in symbols for call in calls)
        return cls(station, station.machine, calls, symbols) if station.machine and found else None

    def run(self, ended: Callable[[], bool], limit_s: float) -> tuple[LayerCycles, ...] | None:
        """The layers of the second of two inferences; the core is halted before the first.

        None if a layer was not executed as expected before `ended`, or within `limit_s` of the
        board's time. The core is halted then too.
        """
        layers: tuple[LayerCycles, ...] = ()
        try:
            for _ in range(INFERENCES):
                layers = tuple(self._layers(ended, limit_s))
                if len(layers) < len(self._calls):
                    return None
        finally:
            self._machine.causes.end()
        return layers

    def _layers(self, ended: Callable[[], bool], limit_s: float) -> Iterator[LayerCycles]:
        """Of one inference, up to the first that was not executed."""
        for call in self._calls:
            counter = CauseCounter(ModelCounter(self._machine.cycles), self._machine)
            timer = CallTimer(self._link, self._symbols[call.function], counter)
            timer.arm()
            while True:
                self._link.resume()
                halted = self._halts(ended, limit_s)
                if not halted:
                    self._link.halt()
                cycles = timer.halted() if halted else None
                if cycles is not None or not halted:
                    break
            timer.disarm()
            if cycles is None:
                return
            causes = named(sum(counter.last.values()))  # type: ignore[arg-type]
            yield LayerCycles(call.name, call.function, call.macc, causes)

    def _halts(self, ended: Callable[[], bool], limit_s: float) -> bool:
        """Whether the core halts before that."""
        begun = self._machine.now()
        while True:
            self._machine.wait(WAIT_S)
            if self._link.is_halted():
                return True
            if ended() or self._machine.now() - begun > limit_s:
                return False
