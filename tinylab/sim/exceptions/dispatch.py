"""Dispatches the core's stop reasons to the exception model."""

from __future__ import annotations

from tinylab.boards.board import Core as CoreName
from tinylab.sim.core.emulated_core import EmulatedCore, StopReason
from tinylab.sim.events import Events
from tinylab.sim.exceptions.model import ExceptionModel
from tinylab.sim.exceptions.processor import MemoryAccess
from tinylab.sim.exceptions.sleep import Sleep
from tinylab.sim.peripherals.core.nvic import NVIC
from tinylab.sim.peripherals.core.scb import SCB
from tinylab.sim.stop_mode import StopMode


class Dispatcher:
    """The exception model and sleep of one core; `handle` is called while it is stopped."""

    def __init__(
        self,
        core: EmulatedCore,
        name: CoreName,
        nvic: NVIC,
        scb: SCB,
        events: Events,
        memory: MemoryAccess,
        stop: StopMode,
    ) -> None:
        self._core = core
        self._scb = scb
        self._events = events
        self.model = ExceptionModel(core, name, nvic, scb, memory)
        self.sleep = Sleep(events, nvic, scb, self.model.wakes, stop)

    def reset(self) -> None:
        self.sleep.reset()
        self.model.report = None

    def service(self) -> bool:
        """Called between two blocks of code; returns whether to stop for an exception."""
        self._events.run_due()
        return self.model.wants_to_preempt()

    def handle(self, reason: StopReason) -> bool:
        """Take an exception, return from one, or sleep; False if the core locks up."""
        model = self.model
        if reason is StopReason.FAULT:
            assert self._core.fault is not None
            return model.take_fault(self._core.fault)
        if reason is StopReason.EXCEPTION_RETURN:
            return self._leave_handler()
        if reason is StopReason.SLEEP:
            self.sleep.fall_asleep()
        elif reason is StopReason.WAIT_FOR_EVENT:
            self.sleep.wait_for_event(after_sev=self._core.has_just_sent_event)
        calls = {
            StopReason.INTERRUPT: model.take_pending,
            StopReason.SUPERVISOR_CALL: model.supervisor_call,
            StopReason.BREAKPOINT: model.breakpoint,
        }
        return calls[reason]() if reason in calls else True

    def _leave_handler(self) -> bool:
        """An exception return is an event, and may be followed by sleep."""
        self.sleep.event = True
        returned = self.model.leave_handler()
        if returned and not self._core.handling and self._scb.sleeps_on_exit:
            self.sleep.fall_asleep()
        return returned
