"""What a core is executing, as text: its fault, or the sampled places."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from tinylab.build.symbols import Symbols
from tinylab.errors import CoreFault
from tinylab.probe.connection import CoreState
from tinylab.probe.core_fault import IPSR, Fault, exception_name
from tinylab.results.firmware_record import FaultRecord

SAMPLES = 20
SAMPLE_S = 0.005


class RunningCore(Protocol):
    """A debug connection to the core."""

    def halt(self) -> None: ...

    def resume(self) -> None: ...

    def core_state(self) -> CoreState: ...

    def read_core_register(self, name: str) -> int: ...


class Sample(NamedTuple):
    """Where the core was found."""

    handler: str
    """The exception being handled; empty in other code."""
    function: str
    place: str


def doing(link: RunningCore, symbols: Symbols) -> str:
    """What the running core is executing, as a sentence; it is halted briefly several times."""
    if link.core_state() is CoreState.SLEEPING:
        return f"The core sleeps in {_sample(link, symbols).function}."
    return where([_sample(link, symbols) for _ in range(SAMPLES)])


def _sample(link: RunningCore, symbols: Symbols) -> Sample:
    link.halt()
    pc = link.read_core_register("pc")
    exception = link.read_core_register("xpsr") & IPSR
    link.resume()
    time.sleep(SAMPLE_S)
    function = symbols.function_at(pc)
    handler = exception_name(exception) if exception else ""
    return Sample(handler, function.name if function else "", symbols.place(pc))


def where(samples: Sequence[Sample]) -> str:
    """What the core is executing, as a sentence; interrupted code comes before handlers.

    On a virtual board, handlers are sampled more often than their share of the board's time: the
    host takes longer to enter one than to execute plain code.
    """
    found = []
    for handling in (False, True):
        group = [sample for sample in samples if bool(sample.handler) == handling]
        if not group:
            continue
        [((handler, function), times)] = Counter(one[:2] for one in group).most_common(1)
        places = Counter(one.place for one in group if one[:2] == (handler, function))
        place = places.most_common(1)[0][0] + (f", handling {handler}" if handler else "")
        found.append((place, times))
    often = [f"{times} of {len(samples)} times" for _, times in found]
    if found[0][1] == len(samples):
        often = ["always"]
    often[0] += " when sampled"
    return (
        "The core was in "
        + ", and in ".join(
            f"{place} ({times})" for (place, _), times in zip(found, often, strict=True)
        )
        + "."
    )


def fault_record(fault: Fault, symbols: Symbols) -> FaultRecord:
    """The fault with the place of its program counter, or of the call that led there."""
    pc, lr = fault.pc, fault.registers.get("lr", 0)
    if pc is not None:
        place = symbols.place(pc)
    elif symbols.function_at(lr):
        place = f"code called from {symbols.place(lr - 2)}"
    else:
        place = "unknown code"
    return FaultRecord(
        exception=fault.exception,
        place=place,
        registers=dict(fault.registers),
        cfsr=fault.cfsr,
        hfsr=fault.hfsr,
        address=fault.address,
        causes=fault.causes,
    )


def fault_error(fault: FaultRecord, symbols: Symbols) -> CoreFault:
    """A fault as an error: what, where, and the registers below."""
    at = f", address {fault.address:#010x}" if fault.address is not None else ""
    lines = [*fault.causes, f"CFSR {fault.cfsr:#010x}, HFSR {fault.hfsr:#010x}{at}"]
    names = list(fault.registers)
    for start in range(0, len(names), 4):
        row = names[start : start + 4]
        lines.append("  ".join(f"{name:>4} {fault.registers[name]:#010x}" for name in row))
    if "lr" in fault.registers and symbols.function_at(fault.registers["lr"]):
        lines.append(f"called from {symbols.place(fault.registers['lr'] - 2)}")
    return CoreFault(
        f"A {fault.exception} occurred in {fault.place}.",
        remedy="The details list the fault status bits and registers.",
        details="\n".join(lines),
        exception=fault.exception,
        place=fault.place,
        pc=fault.registers.get("pc"),
        address=fault.address,
        causes=fault.causes,
    )
