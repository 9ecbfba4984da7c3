"""What a session says while it works; both front ends only listen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tinylab.bench.plan import Job
from tinylab.errors import TinylabError
from tinylab.results.record import RunRecord


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
    """`fraction` is 0..1; `text` is what the tool says right now."""

    job: Job
    stage: Stage
    fraction: float
    text: str = ""


@dataclass(frozen=True)
class StageFinished:
    job: Job
    stage: Stage
    seconds: float


@dataclass(frozen=True, eq=False)
class Samples:
    """New cycle counts, already in the store; `total` counts those measured so far."""

    job: Job
    total: int
    recent: npt.NDArray[np.uint64]
    warmup: bool = False


@dataclass(frozen=True)
class Warned:
    job: Job
    text: str


@dataclass(frozen=True)
class RunFinished:
    job: Job
    record: RunRecord


@dataclass(frozen=True)
class RunFailed:
    """The run gave no valid result; `record` is there when something was measured."""

    job: Job
    error: TinylabError
    record: RunRecord | None = None


Event = StageStarted | StageProgress | StageFinished | Samples | Warned | RunFinished | RunFailed
