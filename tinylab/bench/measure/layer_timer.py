"""Counts the cycles of each layer of an inference on a virtual board, and why they passed.

The core is not halted: it calls back where a layer's function begins and where it returns, and no
count depends on that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tinylab.bench.measure.model_counter import named
from tinylab.bench.station.station import Station
from tinylab.codegen.layer_calls import LayerCalls
from tinylab.results.layer_profile import LayerCycles, LayerProfile
from tinylab.sim.machine import Machine
from tinylab.stream.ring import Cycles

SP, LR = 13, 14
THUMB = 1


class LayerTimer:
    """Times the calls of each layer on a virtual board.

    `symbols` are the addresses of the image's functions.
    """

    def __init__(self, machine: Machine, layers: LayerCalls, symbols: Mapping[str, int]) -> None:
        self._machine = machine
        self._layers = layers
        self._symbols = symbols
        self._found: list[LayerCycles] = []

    @classmethod
    def of(
        cls, station: Station, layers: LayerCalls | None, symbols: Mapping[str, int]
    ) -> LayerTimer | None:
        """None for a real board, and if a layer has no function of its own in the image."""
        if station.machine is None or layers is None or not layers.functions <= symbols.keys():
            return None
        return cls(station.machine, layers, symbols)

    def begin(self, earlier: int) -> None:
        """Time the inference after `earlier` others; the core is halted before them."""
        self._found.clear()
        self._machine.follow(self._inference(earlier))

    def end(self) -> None:
        """The inferences are over; the core is halted."""
        self._machine.follow(iter(()))
        self._machine.causes.end()

    def profile(self, sample: Cycles) -> LayerProfile | None:
        """Of the inference that took `sample` cycles, shape (1,), or (0,) if they are not known.

        None if they are not, or if a layer was not executed as expected.
        """
        if len(self._found) < len(self._layers.calls) or not sample.size:
            return None
        layers = tuple(self._found)
        rest = int(sample[0]) - sum(layer.cycles for layer in layers)
        return LayerProfile(layers, rest) if rest >= 0 else None  # 0: the sample was lost

    def _inference(self, earlier: int) -> Iterator[int]:
        """The addresses at which to call back."""
        for _ in range(earlier):
            yield from self._call(self._layers.inference)
        yield self._address(self._layers.inference)
        causes = self._machine.causes
        causes.begin()
        for call in self._layers.calls:
            yield self._address(call.function)
            before = causes.total()
            yield from self._return()
            spent = named(causes.total() - before)
            self._found.append(LayerCycles(call.name, call.function, call.macc, spent))
        causes.end()

    def _call(self, function: str) -> Iterator[int]:
        """The beginning of the next call of `function`, and its end."""
        yield self._address(function)
        yield from self._return()

    def _return(self) -> Iterator[int]:
        """The end of the call that begins now; inner calls may return to the same address."""
        address, stack = self._register(LR) & ~THUMB, self._register(SP)
        yield address
        while self._register(SP) != stack:
            yield address

    def _address(self, function: str) -> int:
        return self._symbols[function] & ~THUMB

    def _register(self, number: int) -> int:
        return self._machine.read_register(number)


@contextmanager
def timing(timer: LayerTimer | None, earlier: int) -> Iterator[None]:
    """Within it, `timer` times the inference after `earlier` others; the core is halted."""
    if timer is None:
        yield
        return
    timer.begin(earlier)
    try:
        yield
    finally:
        timer.end()
