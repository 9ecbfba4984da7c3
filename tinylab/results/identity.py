"""The identity of a run, from its plan to its export: network, runtime, board and clock.

A job has it as far as the plan defines it; the station adds its serial number, the loaded model and
the generated code add the rest, each by a `replace`. Run records, failures, cells of the tables and
rows of the database hold this record and repeat none of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from tinylab.quantities import Amount, Count, Hertz

TINYLAB, CUBEAI = "tinylab", "cubeai"
"""Whose code executes a network: our own, or ST's."""

Place = tuple[str, str, str, str | None, bool, int]


def by(runtime: str) -> str:
    """` (cubeai)`, printed after a model if the runtime is not tinylab's own."""
    return "" if runtime == TINYLAB else f" ({runtime})"


def float_model(model: str) -> str:
    """`house_price` of `house_price:int8`, and any other name as it is."""
    return model.removesuffix(":int8")


@dataclass(frozen=True)
class RunIdentity:
    """One network on one station at one clock. None means not known, or not known yet."""

    model: str
    """Catalogue name, with its type where that is not float (`house_price:int8`), or the file's
    path as the user wrote it."""
    title: str
    """As it heads a row: `human activity recognition`."""
    board: str
    core: str
    """As compilers name it: `cortex-m4`."""
    serial: str | None
    """Of the probe. In a plan: the one asked for, None for any."""
    simulated: bool
    clock_hz: Hertz
    """Requested core clock."""
    runtime: str = TINYLAB
    """Whose code executes the network: `TINYLAB` or `CUBEAI`."""
    runtime_version: str | None = None
    expected_error_percent: Amount | None = None
    """Known error of the simulation's cycles; None on silicon."""
    parameters: Count | None = None
    """None also if unknown: ST's generated code without its report."""
    macc: Count | None = None
    compression: str | None = None
    model_sha256: str | None = None
    """Of the model's file; of ST's generated files where no model was given."""
    number_type: str | None = None
    """Type of the network's inputs and outputs: `float32`, `int8`."""
    optimize: str | None = None
    """What tinylab's code was generated for: `ram`, `balanced` or `speed`."""
    placement: str | None = None
    """The memories of its parts, as `--place` takes them: `weights=dtcm,activations=axi`."""

    @property
    def place(self) -> Place:
        """The cell of the results tables that the run belongs to."""
        station = self.board, self.serial, self.simulated, self.clock_hz
        return self.model, self.runtime, *station


class Identified:
    """Gives an object with an `identity` the fields of that record."""

    identity: RunIdentity

    @property
    def model(self) -> str:
        return self.identity.model

    @property
    def title(self) -> str:
        return self.identity.title

    @property
    def board(self) -> str:
        return self.identity.board

    @property
    def core(self) -> str:
        return self.identity.core

    @property
    def serial(self) -> str | None:
        return self.identity.serial

    @property
    def simulated(self) -> bool:
        return self.identity.simulated

    @property
    def clock_hz(self) -> int:
        return self.identity.clock_hz

    @property
    def runtime(self) -> str:
        return self.identity.runtime

    @property
    def expected_error_percent(self) -> float | None:
        return self.identity.expected_error_percent
