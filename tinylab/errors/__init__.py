"""Every error that tinylab raises on purpose.

`base` is what all have: message, remedy, `kind`, exit code. The others by where a run fails:
`input`, `station`, `build`, `measurement`. `foreign` tells exceptions of other code from our own.

    TinylabError                       (never raised itself)
    |-- InputError              2      arguments, unknown names, unusable files
    |   |-- UnknownName
    |   |-- ModelFileError
    |   |-- ClockError
    |   |-- OutputError
    |   `-- SettingsFileError
    |-- StationError            3      the board asked for cannot be had
    |   |-- NotAttached
    |   |-- SeveralAttached
    |   |-- WrongBoard
    |   |-- NoPermission
    |   |-- ProbeBusy
    |   `-- SerialPortError
    |-- BuildError              4
    |   |-- DoesNotFit
    |   |-- GenerationError
    |   |-- NoCompiler
    |   |-- NoTool
    |   |-- CubeAiError
    |   `-- CompileError
    |-- LinkError               5      flashing or talking to the board failed
    |   |-- Unplugged
    |   |-- SignalError
    |   |-- SerialLineError
    |   |-- FlashProtected
    |   |-- FlashVerifyError
    |   |-- BoardReset
    |   `-- BoardSilent
    |-- MeasurementError        6      what was measured cannot be trusted
    |   |-- OutputWrong
    |   |-- ClockWrong
    |   |-- WrongImage
    |   |-- CoreFault
    |   |-- CoreHalted
    |   |-- RuntimeRefused
    |   |-- TimeLimitReached
    |   `-- ProtocolError
    |-- InternalError          70      a bug in tinylab
    `-- Interrupted           130      the user said stop

An error is one sentence about what happened, and one about what to do. Programs read its kind,
and the fields of that kind: sizes in bytes, frequencies in Hz; None is what is not known.
"""

from __future__ import annotations

from tinylab.errors.base import (
    ErrorKind,
    ExitCode,
    InternalError,
    Interrupted,
    TinylabError,
    every_error,
)
from tinylab.errors.build import (
    BuildError,
    CompileError,
    CubeAiError,
    DoesNotFit,
    GenerationError,
    NoCompiler,
    NoTool,
)
from tinylab.errors.input import (
    ClockError,
    InputError,
    ModelFileError,
    OutputError,
    SettingsFileError,
    UnknownName,
)
from tinylab.errors.measurement import (
    ClockWrong,
    CoreFault,
    CoreHalted,
    MeasurementError,
    OutputWrong,
    ProtocolError,
    RuntimeRefused,
    TimeLimitReached,
    WrongImage,
)
from tinylab.errors.station import (
    BoardReset,
    BoardSilent,
    FlashProtected,
    FlashVerifyError,
    LinkError,
    NoPermission,
    NotAttached,
    ProbeBusy,
    SerialLineError,
    SerialPortError,
    SeveralAttached,
    SignalError,
    StationError,
    Unplugged,
    WrongBoard,
)

__all__ = [
    "BoardReset",
    "BoardSilent",
    "BuildError",
    "ClockError",
    "ClockWrong",
    "CompileError",
    "CoreFault",
    "CoreHalted",
    "CubeAiError",
    "DoesNotFit",
    "ErrorKind",
    "ExitCode",
    "FlashProtected",
    "FlashVerifyError",
    "GenerationError",
    "InputError",
    "InternalError",
    "Interrupted",
    "LinkError",
    "MeasurementError",
    "ModelFileError",
    "NoCompiler",
    "NoPermission",
    "NoTool",
    "NotAttached",
    "OutputError",
    "OutputWrong",
    "ProbeBusy",
    "ProtocolError",
    "RuntimeRefused",
    "SerialLineError",
    "SerialPortError",
    "SettingsFileError",
    "SeveralAttached",
    "SignalError",
    "StationError",
    "TimeLimitReached",
    "TinylabError",
    "UnknownName",
    "Unplugged",
    "WrongBoard",
    "WrongImage",
    "every_error",
]
