"""Counts the cycles of each layer of an inference on a virtual board, and why they passed.

The core is not halted: it calls back where a layer's function begins and where it returns, and no
count depends on that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from tinylab.bench.measure.model_counter import named
from tinylab.bench.plan.stop_rule import StopRule
from tinylab.bench.station.station import Station
from tinylab.codegen.layer_calls import LayerCalls
from tinylab.results.layer_profile import LayerCycles, LayerProfile
from tinylab.sim.core.registers import LINK, STACK_POINTER
from tinylab.sim.machine import Machine
from tinylab.stream.ring import Cycles

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
        self._sample = 0

    @classmethod
    def of(
        cls, station: Station, layers: LayerCalls | None, symbols: Mapping[str, int]
    ) -> LayerTimer | None:
        """None for a real board, and if a layer has no function of its own in the image."""
        if station.machine is None or layers is None or not layers.functions <= symbols.keys():
            return None
        return cls(station.machine, layers, symbols)

    def begin(self, rule: StopRule) -> None:
        """Time an inference that is measured by `rule`, which includes a warm one; the core is
        halted before the first of them."""
        self._found.clear()
        self._machine.core.follow(self._inference(rule))

    def end(self) -> None:
        """The inferences are over; the core is halted."""
        self._machine.core.follow(iter(()))
        self._machine.causes.end()

    def profile(self, cycles: Cycles) -> LayerProfile | None:
        """Of an inference whose sample is among the measured `cycles`, shape (inferences,).

        None if it is not, or if a layer was not executed as expected.
        """
        if len(self._found) < len(self._layers.calls) or self._sample >= cycles.size:
            return None
        layers = tuple(self._found)
        rest = int(cycles[self._sample]) - sum(layer.cycles for layer in layers)
        return LayerProfile(layers, rest) if rest >= 0 else None  # 0: the sample was lost

    def _inference(self, rule: StopRule) -> Iterator[int]:
        """The addresses at which to call back."""
        for _ in range(rule.warmup):
            yield from self._call(self._layers.inference)
        yield from self._earlier(rule)
        yield self._address(self._layers.inference)
        causes = self._machine.causes
        causes.begin()
        for call in self._layers.calls:
            yield self._address(call.function)
            before = causes.total()
            yield from self._return()
            spent = named(causes.total() - before)
            sizes = call.weights_bytes, call.activations_bytes
            self._found.append(LayerCycles(call.name, call.function, call.macc, spent, *sizes))
        causes.end()

    def _earlier(self, rule: StopRule) -> Iterator[int]:
        """Passes about half of the inferences, as the first ones may still fill caches; it is sure
        that another one follows."""
        self._sample = spent = 0
        while self._sample + 1 < rule.min_inferences or (
            2 * spent < rule.min_cycles and 2 * self._sample < rule.max_inferences
        ):
            yield self._address(self._layers.inference)
            begun = self._machine.cycles()
            yield from self._return()
            spent += self._machine.cycles() - begun
            self._sample += 1

    def _call(self, function: str) -> Iterator[int]:
        """The beginning of the next call of `function`, and its end."""
        yield self._address(function)
        yield from self._return()

    def _return(self) -> Iterator[int]:
        """The end of the call that begins now; inner calls may return to the same address."""
        address, stack = self._register(LINK) & ~THUMB, self._register(STACK_POINTER)
        yield address
        while self._register(STACK_POINTER) != stack:
            yield address

    def _address(self, function: str) -> int:
        return self._symbols[function] & ~THUMB

    def _register(self, number: int) -> int:
        return self._machine.read_register(number)


@contextmanager
def timing(timer: LayerTimer | None, rule: StopRule) -> Iterator[None]:
    """Within it, `timer` times one of the inferences; the core is halted before them."""
    if timer is None:
        yield
        return
    timer.begin(rule)
    try:
        yield
    finally:
        timer.end()
