"""Python's side of a cycle model: connects it, decodes code for it, and keeps it synchronised."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict

import unicorn

from tinylab.boards.board import Core
from tinylab.sim.cycles.cause_counters import CauseCounters
from tinylab.sim.cycles.compiled import native_calls, record_layout
from tinylab.sim.cycles.compiled.record_layout import State
from tinylab.sim.cycles.compiled.timing_settings import MemoryTiming
from tinylab.sim.cycles.decoding.decoded_code import DecodedCode
from tinylab.sim.cycles.hooks.instruction_hooks import InstructionHooks
from tinylab.sim.cycles.mechanisms.address_map import map_buses
from tinylab.sim.cycles.mechanisms.transitions import forget_pipelines, forget_transitions
from tinylab.sim.cycles.models import model_of
from tinylab.sim.memory import HostMemory


class Accounting:
    """Counts the cycles of code that an emulator runs.

    A block is accounted for when the next one starts, because only then its end is known;
    `settle_at` and `settle_before_access` do so earlier. Counts do not depend on it.
    """

    def __init__(
        self,
        uc: unicorn.Uc,
        core: Core,
        memories: Sequence[HostMemory],
        timing: Mapping[str, int],
        between_blocks: Callable[[], None],
        stop: Callable[[], None],
        misaligned: Callable[[int, int, int, int], None],
    ) -> None:
        """`between_blocks` is called before each block while `attention` is requested, `stop` if
        the emulator must stop before the block and `translate_anew` must be called. `misaligned`
        is called before an access that faults because of its address, and then before every
        instruction until `faults_settled`, with its PC, the accessed address and the emulator's
        number of the base register (negative: no access)."""
        self._model = model_of(core)
        self._array = record_layout.new_state(self._model.dtype)
        self._state: State = self._array[0]
        self._settings = MemoryTiming()
        self.causes = CauseCounters(self._state)
        self._code = DecodedCode(self._state, memories, self._model.cost, self.causes.save)
        self._callbacks = (
            native_calls.DECODE(self._code.decode),
            native_calls.NOTIFY(between_blocks),
            native_calls.DECODE(self._ask_for_hooks),
            native_calls.DECODE(self._misaligned),
            native_calls.NOTIFY(self._reached),
        )
        self._followed: Iterator[int] = iter(())
        self._unhooked: list[tuple[int, int]] = []
        self._stop = stop
        self._provoke = misaligned
        self._connect(uc, memories)
        for name, value in self._model.parameters(timing).items():
            self._state[name] = value
        self._state["empty"] = self._model.empty()
        self._state["remember"] = 1
        self._state["alarm"] = record_layout.NO_ALARM
        self._state["mark"] = record_layout.NOWHERE
        self._state["device_aligned"] = int(core is not Core.CORTEX_M4)
        self._set(self._settings)
        self.reset()

    def _connect(self, uc: unicorn.Uc, memories: Sequence[HostMemory]) -> None:
        state = self._state
        state["engine"] = native_calls.engine_address(uc)
        state["read_register"] = native_calls.READ_REGISTER
        names = ("decode", "between_blocks", "ask_for_hooks", "misaligned", "reached")
        for name, callback in zip(names, self._callbacks, strict=True):
            state[name] = native_calls.address_of(callback)
        base = self._array.ctypes.data
        state["scratch_address"] = base + record_layout.offset_of("scratch")
        map_buses(state, memories)
        native_calls.add_hook(uc, unicorn.UC_HOOK_BLOCK, self._model.on_block, base)
        self._hooks = InstructionHooks(
            lambda where: native_calls.add_hook(
                uc, unicorn.UC_HOOK_CODE, self._model.on_instruction, base, where
            ),
            lambda hook: native_calls.remove_hook(uc, hook),
        )
        self._remove_translation = uc.ctl_remove_cache

    @property
    def cycles(self) -> int:
        """Cycles accounted for so far."""
        return int(self._state["cycles"])

    @property
    def instructions(self) -> int:
        """Instructions accounted for so far."""
        return int(self._state["instructions"])

    @property
    def accessing_address(self) -> int | None:
        """The instruction that ran last or is running, if hooks are called for it, as they always
        are for accesses of devices and hints."""
        if self._state["foreseen"]:
            return None
        return int(self._state["rows"]["address"][self._state["next_row"] - 1])

    def want_attention(self, wanted: bool) -> None:
        """Whether `between_blocks` is to be called before each block."""
        self._state["attention"] = int(wanted)

    def set_alarm(self, cycle: int) -> None:
        """Call `between_blocks` before the first block that starts at `cycle` or later."""
        self._state["alarm"] = min(cycle, record_layout.NO_ALARM)

    def watch_masks(self, masks: Sequence[int] | None) -> None:
        """Call `between_blocks` when PRIMASK, BASEPRI, FAULTMASK differ from `masks`."""
        self._state["masked"] = int(masks is not None)
        if masks is not None:
            self._state["masks"] = masks

    def follow(self, addresses: Iterator[int]) -> None:
        """Take the first address now, the next each time when code at the last one is about to run
        (where a function begins, or after a call) and all before it is accounted for. It is taken
        in the core's thread, which may read registers, cycles and causes."""
        self._followed = addresses
        self._reached()

    def let_pass(self, cycles: int) -> None:
        """Add cycles in which the core does other work, such as saving registers."""
        self._state["cycles"] += cycles
        self.causes.let_pass(cycles)

    def remember_transitions(self, wanted: bool) -> None:
        """Compute every block again instead of using the table; counts are equal, but slower."""
        self._state["remember"] = int(wanted)

    def leave_out(self, mechanisms: int) -> None:
        """Count without these mechanisms, to determine their contribution; 0 for the full model."""
        self._state["without"] = mechanisms
        forget_transitions(self._state)

    def faults_settled(self) -> None:
        """The emulator has stopped at the instruction that `misaligned` reported."""
        self._state["faulting"] = 0

    # Hooks

    def _reached(self) -> None:
        self._state["mark"] = record_layout.NOWHERE
        self._state["mark"] = next(self._followed, record_layout.NOWHERE)

    def _misaligned(self, address: int, base: int) -> None:
        row = int(self._state["next_row"])
        block = int(self._state["blocks"]["address"][self._state["block"]])
        self._provoke(block, int(self._state["rows"]["address"][row]), address, base)

    def _ask_for_hooks(self, address: int, size: int) -> None:
        """The accesses of the block that is about to run cannot be predicted."""
        self._unhooked.append((address, size))
        self._stop()

    def translate_anew(self) -> None:
        """Add hooks to blocks that require them; the emulator is stopped."""
        for address, size in self._unhooked:
            self._hooks.cover(address, size)
            self._remove_translation(address, address + size)
        self._unhooked.clear()

    def trace_all(self, wanted: bool) -> None:
        """Whether hooks are called for every instruction, to be able to stop after any of them;
        translated code has to be flushed."""
        if wanted:
            self._hooks.cover_all(native_calls.EVERYWHERE)
        else:
            self._hooks.uncover_all()
        self._state["trace_all"] = int(wanted)

    # Synchronisation

    def settle_before_access(self) -> None:
        """Account up to the instruction that is accessing a device, excluding it."""
        reached = int(self._state["next_row"]) - 1
        if reached > self._state["unaccounted_row"]:
            self._account(reached, int(self._state["rows"]["address"][reached]))

    def settle_at(self, pc: int) -> None:
        """Account for all code that ran; the emulator is stopped at `pc`."""
        state = self._state
        reached = self._rows_run(pc)
        if reached > state["unaccounted_row"]:
            self._account(reached, pc)
        state["end_row"] = state["unaccounted_row"]

    def _account(self, reached: int, next_address: int) -> None:
        state = self._state
        end = int(state["end_row"])
        state["end_row"] = reached
        self._model.on_block.ctypes(None, next_address, 0, self._array.ctypes.data)
        state["end_row"] = end

    def _rows_run(self, pc: int) -> int:
        """The first row of the present block that did not run, with the emulator at `pc`.

        At its end a block may branch anywhere, also into itself; but then hooks were called for
        instructions after `pc`.
        """
        state = self._state
        first, end = int(state["unaccounted_row"]), int(state["end_row"])
        addresses = [int(address) for address in state["rows"]["address"][first:end]]
        if pc not in addresses:
            return end
        row = first + addresses.index(pc)
        return row if state["next_row"] <= row + 1 else end

    # Changes

    def forget(self, start: int, size: int) -> bool:
        """Code in `start .. start + size` changed; returns whether any of it had been decoded."""
        known = self._code.knows(start, size)
        if known:
            self._code.clear()
        return known

    def require_alignment(self, wanted: bool) -> None:
        """Whether every unaligned access faults."""
        self._code.require_alignment(wanted)

    def configure(self, settings: MemoryTiming) -> None:
        """Count with these settings from now on; a cache that is enabled or disabled is emptied."""
        if settings.instruction_cache != self._settings.instruction_cache:
            self._model.invalidate_instructions(self._state)
        if settings.data_cache != self._settings.data_cache:
            self._model.invalidate_data(self._state)
        self._set(settings)
        forget_transitions(self._state)

    def _set(self, settings: MemoryTiming) -> None:
        self._settings = settings
        for name, value in asdict(settings).items():
            self._state[name] = int(value)

    def reset(self) -> None:
        """Reset caches, predictors and pipeline as at power-up; settings and the count are kept."""
        state = self._state
        state["unaccounted_row"] = state["next_row"] = state["end_row"] = 0
        state["recorded"] = state["recorded_used"] = state["planned"] = 0
        state["expected_address"], state["redirected"] = record_layout.NOWHERE, 1
        self._model.invalidate_instructions(state)
        self._model.invalidate_data(state)
        self._model.reset(state)
        forget_pipelines(state)
