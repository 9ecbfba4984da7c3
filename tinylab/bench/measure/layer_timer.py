"""Counts the cycles of each layer of an inference on a virtual board, and why they passed.

Breakpoints halt the core where a layer's function begins and where it returns. On a virtual board
that changes no count: its time stands while the core is halted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from tinylab.bench.measure.model_counter import CauseCounter, ModelCounter, named
from tinylab.bench.station.station import Station
from tinylab.codegen.layer_calls import LayerCalls
from tinylab.probe.call_timer import CallTimer
from tinylab.results.layer_profile import LayerCycles
from tinylab.sim.cycles.mechanisms.causes import CAUSES
from tinylab.sim.machine import Machine

WAIT_S = 0.1
"""Of the host; waiting ends when the core halts."""


class LayerTimer:
    """Times the calls of each layer on the virtual board of `station`.

    `symbols` are the addresses of the image's functions.
    """

    def __init__(
        self,
        station: Station,
        machine: Machine,
        layers: LayerCalls,
        symbols: Mapping[str, int],
    ) -> None:
        self._link = station.connection
        self._machine = machine
        self._layers = layers
        self._symbols = symbols

    @classmethod
    def of(
        cls, station: Station, layers: LayerCalls | None, symbols: Mapping[str, int]
    ) -> LayerTimer | None:
        """None for a real board, and if a layer has no function of its own in the image."""
        if station.machine is None or layers is None or not layers.functions <= symbols.keys():
            return None
        return cls(station, station.machine, layers, symbols)

    def run(self, ended: Callable[[], bool], limit_s: float) -> tuple[LayerCycles, ...] | None:
        """The layers of the second of two inferences; the core is halted before the first.

        None if a layer was not executed as expected before `ended`, or within `limit_s` of the
        board's time. The core is halted then too.
        """
        if not self._pass_warmup(ended, limit_s):
            return None
        try:
            layers = tuple(self._timed(ended, limit_s))
        finally:
            self._machine.causes.end()
        return layers if len(layers) == len(self._layers.calls) else None

    def _pass_warmup(self, ended: Callable[[], bool], limit_s: float) -> bool:
        """Whether the core is halted where the second inference begins."""
        counter = ModelCounter(self._machine.cycles)
        timer = CallTimer(self._link, self._symbols[self._layers.inference], counter)
        timer.arm()
        passed = False
        while self._halts(ended, limit_s):
            passed = timer.halted() is not None or passed
            if passed and timer.inside:
                break
        begins = timer.inside
        timer.disarm()
        return passed and begins

    def _timed(self, ended: Callable[[], bool], limit_s: float) -> Iterator[LayerCycles]:
        """Up to the first layer that was not executed."""
        for call in self._layers.calls:
            counter = CauseCounter(ModelCounter(self._machine.cycles), self._machine)
            timer = CallTimer(self._link, self._symbols[call.function], counter)
            timer.arm()
            cycles = None
            while cycles is None and self._halts(ended, limit_s):
                cycles = timer.halted()
            timer.disarm()
            if cycles is None:
                return
            causes = named(sum(counter.last.values(), np.zeros(CAUSES, np.int64)))
            yield LayerCycles(call.name, call.function, call.macc, causes)

    def _halts(self, ended: Callable[[], bool], limit_s: float) -> bool:
        """Lets the halted core run; whether it halts again before that. It is halted in any case.

        A core that halts at a fault is not at a breakpoint, and runs on until `ended`.
        """
        self._link.resume()
        begun = self._machine.now()
        while True:
            self._machine.wait(WAIT_S)
            if self._link.is_halted():
                return True
            if ended() or self._machine.now() - begun > limit_s:
                self._link.halt()
                return False
