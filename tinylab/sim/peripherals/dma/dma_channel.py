"""One DMA channel or stream: transfers items between addresses at its peripheral's request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tinylab.sim.peripherals.dma.dma_request import DmaRequest


class BusMaster(Protocol):
    """A DMA controller's access to memories and peripherals; None and False are bus errors."""

    def load(self, address: int, size: int) -> int | None: ...
    def store(self, address: int, size: int, value: int) -> bool: ...


@dataclass(frozen=True)
class Transfer:
    """A channel's configuration. Sizes in bytes; the peripheral's side may be memory."""

    items: int
    peripheral: int
    memory: int
    to_peripheral: bool
    peripheral_size: int
    memory_size: int
    peripheral_increments: bool
    memory_increments: bool
    circular: bool
    request: DmaRequest | None
    """None: memory to memory, at once."""


class DmaChannel:
    """Performs the transfer passed to `start`, in no simulated time.

    `on_half` and `on_complete` are called when half and all of the items are transferred;
    `on_error` when an access fails, which ends the transfer. `remaining` are the items that are
    still to be transferred.
    """

    def __init__(
        self,
        bus: BusMaster,
        on_half: Callable[[], None],
        on_complete: Callable[[], None],
        on_error: Callable[[], None],
    ) -> None:
        self._bus = bus
        self._on_error = on_error
        self._on_half = on_half
        self._on_complete = on_complete
        self._transfer: Transfer | None = None
        self._busy = False
        self.remaining = 0

    @property
    def active(self) -> bool:
        return self._transfer is not None

    def start(self, transfer: Transfer) -> None:
        self.stop()
        self._transfer = transfer
        self.remaining = transfer.items
        if transfer.request is not None:
            transfer.request.served_by.append(self._serve)
        self._serve()

    def stop(self) -> None:
        transfer, self._transfer = self._transfer, None
        if transfer is not None and transfer.request is not None:
            transfer.request.served_by.remove(self._serve)

    def _serve(self) -> None:
        """Transfer items while the request is active; a transfer may raise it again."""
        if self._busy:
            return
        self._busy = True
        while self._transfer is not None and self.remaining and _wanted(self._transfer):
            self._move(self._transfer)
        self._busy = False

    def _move(self, transfer: Transfer) -> None:
        done = transfer.items - self.remaining
        peripheral = transfer.peripheral
        peripheral += done * transfer.peripheral_size * transfer.peripheral_increments
        memory = transfer.memory + done * transfer.memory_size * transfer.memory_increments
        sides = (memory, transfer.memory_size), (peripheral, transfer.peripheral_size)
        source, destination = sides if transfer.to_peripheral else sides[::-1]
        value = self._bus.load(*source)
        if value is None or not self._bus.store(*destination, value):
            self.stop()
            self._on_error()
            return
        self.remaining -= 1
        if self.remaining == transfer.items // 2:
            self._on_half()
        if not self.remaining:
            self._end(transfer)

    def _end(self, transfer: Transfer) -> None:
        if transfer.circular:
            self.remaining = transfer.items
        else:
            self.stop()
        self._on_complete()


def _wanted(transfer: Transfer) -> bool:
    return transfer.request is None or transfer.request.level
