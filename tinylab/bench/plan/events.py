"""Events of a session, for both front ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tinylab.bench.plan.plan import Job
from tinylab.errors import OutputError, TinylabError
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import RunIdentity
from tinylab.results.record import Failure, RunRecord
from tinylab.results.record_parts import Partial


class Stage(StrEnum):
    """The stages of a run, in order."""

    LOAD = "load"
    GENERATE = "generate"
    BUILD = "build"
    FLASH = "flash"
    MEASURE = "measure"


@dataclass(frozen=True)
class StageStarted:
    job: Job
    stage: Stage


@dataclass(frozen=True)
class StageProgress:
    """`fraction` is 0..1; `text` is the current step.

    `output` is a line as the tool printed it, for a log; most such events change nothing else.
    """

    job: Job
    stage: Stage
    fraction: float
    text: str = ""
    output: str = ""


@dataclass(frozen=True, kw_only=True)
class SampleRun(StageProgress):
    """The board has run a person's sample: the one of this `number`, from 1, of `count`.

    `cycles` is 0 if the count was lost.
    """

    number: int
    count: int
    cycles: int


@dataclass(frozen=True)
class StageFinished:
    job: Job
    stage: Stage
    seconds: float


@dataclass(frozen=True, eq=False)
class Samples:
    """New cycle counts; `total` counts those of their kind so far, `lost` those never seen.

    Measured ones are already in the store; those of the warm-up are only shown.
    """

    job: Job
    total: int
    recent: npt.NDArray[np.uint64]
    warmup: bool = False
    lost: int = 0


@dataclass(frozen=True)
class Warned:
    job: Job
    text: str


@dataclass(frozen=True)
class NotStored(Warned):
    """The run goes on, but the database could not be written; told once of each run."""

    error: OutputError


@dataclass(frozen=True)
class RunFinished:
    job: Job
    record: RunRecord


@dataclass(frozen=True)
class RunFailed:
    """The run gave no valid result; `record` is there when something was measured.

    `identity` is what was known of the run when it failed; None: no more than of the job.
    """

    job: Job
    error: TinylabError
    record: RunRecord | None = None
    identity: RunIdentity | None = None
    partial: Partial | None = None
    """What was measured before the end of a run without a record."""

    @property
    def failure(self) -> Failure:
        """What is kept of a run without a record."""
        return Failure(self.identity or self.job.identity, ErrorRecord.of(self.error), self.partial)


Event = StageStarted | StageProgress | StageFinished | Samples | Warned | RunFinished | RunFailed
