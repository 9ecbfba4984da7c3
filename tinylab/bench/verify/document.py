"""The document of schema `tinylab.verify/1`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from tinylab.errors import ExitCode
from tinylab.quantities import Count, Finite
from tinylab.results import documents
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.record_parts import OutputCheck

SCHEMA = "tinylab.verify/1"


@dataclass(frozen=True)
class TensorStatistics:
    """Of one tensor's elements for all inputs, integers as they are stored.

    None if no element is a finite number; others are not included.
    """

    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    not_finite: Count
    """Elements that are infinite or NaN."""


@dataclass(frozen=True)
class LargestDifference:
    """The element that differs most."""

    sample: Count
    """The input, counted from 1."""
    index: tuple[Count, ...]
    """In the tensor, each axis counted from 0."""
    board: float | None
    """None: not a finite number."""
    host: float | None


@dataclass(frozen=True)
class LayerCheck:
    """One tensor that the board's code computes, by the layers that one call executes."""

    DERIVED: ClassVar[tuple[str, ...]] = ("agrees",)

    step: Count
    """The call, counted from 1 in the order of execution."""
    layers: tuple[str, ...]
    kinds: tuple[str, ...]
    """What each of the layers is: `Dense`, `ReLU`."""
    node: str
    """The layer's name in ST's code; empty in tinylab's."""
    shape: tuple[Count, ...]
    number_type: str
    elements: Count
    """Of all inputs."""
    differing: Count
    """Elements that differ by more than the tolerance."""
    max_abs_error: Finite
    """The largest number of the type float32 also where an element is no finite number."""
    tolerance: Finite
    """For the input with the largest difference."""
    largest: LargestDifference | None
    """None if nothing differs."""
    board: TensorStatistics
    host: TensorStatistics

    @property
    def agrees(self) -> bool:
        return self.differing == 0


@dataclass(frozen=True)
class LayerWithoutCode:
    """A layer that the board's code does not compute on its own."""

    layer: str
    kind: str
    reason: str


@dataclass(frozen=True)
class Verification:
    """One network on one board. `layers` are those compared before an error, if there is one."""

    DERIVED: ClassVar[tuple[str, ...]] = ("agrees", "first")

    identity: RunIdentity
    inputs: str
    """What the network was given: held-out samples, random values, or the name of a file."""
    samples: Count
    layers: tuple[LayerCheck, ...]
    without_code: tuple[LayerWithoutCode, ...]
    output: OutputCheck | None
    """The network's outputs against the host's for the same inputs."""
    notes: tuple[str, ...]
    error: ErrorRecord | None

    @property
    def first(self) -> Count | None:
        """The step of the first layer that departs."""
        return next((one.step for one in self.layers if not one.agrees), None)

    @property
    def agrees(self) -> bool:
        """Whether all layers agree, and the outputs."""
        ended = self.error is None and bool(self.layers)
        return ended and self.first is None and (self.output is None or self.output.ok)

    @property
    def exit_code(self) -> ExitCode:
        if self.error is not None:
            return ExitCode(self.error.exit_code)
        return ExitCode.OK if self.agrees else ExitCode.MEASUREMENT


@dataclass(frozen=True)
class VerifyDocument:
    """All boards of one command."""

    tinylab: str
    started: str
    rows: tuple[Verification, ...]

    @property
    def exit_code(self) -> ExitCode:
        return max((row.exit_code for row in self.rows), default=ExitCode.OK)

    def to_json(self) -> dict[str, Any]:
        return {"schema": SCHEMA, **documents.as_json(self)}


def document_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    kind = documents.document_type(SCHEMA, VerifyDocument)
    return documents.json_schema("What `tinylab verify --json` prints", kind)
