"""What a virtual board shows of the firmware, and what a real one would hide."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.bench.station.station import Station
from tinylab.sim.peripherals.power.deep_sleep import DeepSleep


def virtual_remarks(station: Station) -> Iterator[str]:
    """Warnings after a run; none for a real board."""
    if station.machine is None:
        return
    serial = station.board.serial
    for name, count in station.machine.sent_elsewhere.items():
        yield (
            f"{name} sent {count:,} byte{'s' if count > 1 else ''}; the probe's port is connected "
            f"to {serial.name} ({serial.tx})."
        )
    stop = station.machine.stop_mode
    if stop.for_good and stop.mode is DeepSleep.STOP:
        yield (
            "The core is in Stop mode, where SysTick, timers and serial ports have no clock, and "
            "nothing that the virtual board emulates wakes it."
        )
    elif stop.for_good:
        yield f"The core has entered {stop.mode} mode, which is not emulated: it stays asleep."
    unclocked = station.machine.unclocked_access
    if unclocked is not None:
        yield (
            f"{unclocked.memory} was accessed at {unclocked.address:#010x} while its clock is "
            f"off: bit {unclocked.bit} of the RCC register {unclocked.register:#010x} enables it."
        )
