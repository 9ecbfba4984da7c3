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
    |-- StationError            3      the requested board is not available
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
    |-- LinkError               5      flashing or communication failed
    |   |-- Unplugged
    |   |-- SignalError
    |   |-- SerialLineError
    |   |-- FlashProtected
    |   |-- FlashVerifyError
    |   |-- BoardReset
    |   `-- BoardSilent
    |-- MeasurementError        6      the measurement is invalid
    |   |-- OutputWrong
    |   |-- ClockWrong
    |   |-- WrongImage
    |   |-- CoreFault
    |   |-- CoreHalted
    |   |-- RuntimeRefused
    |   |-- TimeLimitReached
    |   `-- ProtocolError
    |-- InternalError          70      a bug in tinylab
    `-- Interrupted           130      the user stopped it

An error has one sentence for the cause and one for the remedy. For programs it has a kind,
and the fields of that kind: sizes in bytes, frequencies in Hz; None if not known.
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
