"""The host's side of MLPerf Tiny's serial protocol; does no input or output itself.

Commands to the image under test end with `%`. It responds with lines, the last of which is
`m-ready`. Sources: MLCommons' repository `tiny`, benchmark/api (internally_implemented.cpp and
.h: commands, responses, sizes) and benchmark/runner (device_under_test.py: the sequence of
commands and the size of their data; script.py and main.py: throughput is inferences over the
time between the image's two timestamps, and the result is the median of five runs).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tinylab.errors import MeasurementError, ProtocolError

READY = "m-ready"
RUNS = 5
"""Repetitions of loading and inferring in the official runner (tests_performance.yaml)."""
WINDOW_S = 10.0
"""Minimum duration of a run in the official runner (main.py)."""
CHUNK = 31
"""Bytes in one `db` command; the image's command buffer has 80 characters."""
MODEL_INPUT_BYTES = {"kws01": 490, "vww01": 96 * 96 * 3, "ic01": 32 * 32 * 3, "ad01": 2560}
"""Input size of the reference models in bytes, as in the runner's data sets."""
TIMESTAMP_RANGE = 1 << 32
"""Timestamps are printed as an unsigned long of 32 bits."""

_NAME = re.compile(r"m-name-\w+-\[([^\]]*)\]")
_PROFILE = re.compile(r"m-(profile|model)-\[([^\]]*)\]")
_LAP = re.compile(r"m-lap-us-(\d+)")
_RESULTS = re.compile(r"m-results-\[([^\]]*)\]")
_ERROR = re.compile(r"e-\[(.*)\]")


class Lines:
    """Splits text that arrives in pieces of any size into lines, without CR and NUL."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """The lines that this text completes."""
        *complete, self._rest = (self._rest + text).split("\n")
        for line in complete:
            stripped = line.strip("\r\0 ")
            if stripped:
                yield stripped


def load_commands(data: bytes) -> Iterator[str]:
    """The commands that fill the image's input buffer; wait for the response to each."""
    yield f"db load {len(data)}%"
    for start in range(0, len(data), CHUNK):
        yield f"db {data[start : start + CHUNK].hex()}%"


def infer_command(inferences: int, warmup: int) -> str:
    """Always includes the number of warm-up inferences; the image's default would be 10."""
    return f"infer {inferences} {warmup}%"


def name_of(lines: Sequence[str]) -> str:
    """The image's name, from its response to `name%`. Raises MeasurementError."""
    found = [match[1] for line in lines if (match := _NAME.fullmatch(line))]
    if not found:
        raise _unexpected("name", "m-name-dut-[...]", lines)
    return found[-1]


def profile_of(lines: Sequence[str]) -> tuple[str, str]:
    """(profile, model), from the response to `profile%`; empty if not given."""
    found = {match[1]: match[2] for line in lines if (match := _PROFILE.fullmatch(line))}
    return found.get("profile", ""), found.get("model", "")


def refusal(lines: Sequence[str]) -> str | None:
    """The error that the image reports, such as `Unknown command: db`; None without one."""
    return next((match[1] for line in lines if (match := _ERROR.fullmatch(line))), None)


def loaded(lines: Sequence[str]) -> bool:
    """Whether the image received all bytes, from its response to the last `db` command."""
    return "m-load-done" in lines


@dataclass(frozen=True)
class Inferred:
    """The response to `infer`: microseconds between its timestamps, and the output vector."""

    elapsed_us: int
    results: tuple[float, ...]


def inferred(lines: Sequence[str]) -> Inferred:
    """The parsed response to `infer`. Raises MeasurementError when it is incomplete or invalid."""
    laps = [int(match[1]) for line in lines if (match := _LAP.fullmatch(line))]
    if len(laps) < 2:
        raise _unexpected("infer", "two lines m-lap-us-...", lines)
    elapsed = (laps[-1] - laps[-2]) % TIMESTAMP_RANGE
    if elapsed == 0:
        raise ProtocolError(
            "The image's timestamps do not change: both are "
            f"{laps[-1]} µs, before and after the inferences.",
            remedy="th_timestamp must print the microseconds since start. With a slow timer, "
            "increase --inferences.",
        )
    return Inferred(elapsed, _vector(lines))


def _vector(lines: Sequence[str]) -> tuple[float, ...]:
    found = [match[1] for line in lines if (match := _RESULTS.fullmatch(line))]
    if not found:
        raise _unexpected("infer", "m-results-[...]", lines)
    try:
        return tuple(float(number) for number in found[-1].split(",") if number.strip())
    except ValueError:
        raise _unexpected("infer", "numbers in m-results-[...]", lines) from None


def _unexpected(command: str, wanted: str, lines: Sequence[str]) -> MeasurementError:
    last_lines = "\n".join(lines[-8:])
    return ProtocolError(
        f"The image's response to `{command}%` has no {wanted}.",
        remedy="It must implement MLPerf Tiny's protocol in performance mode (EE_CFG_ENERGY_MODE "
        "0), at the baud rate given with --baud.",
        details=last_lines,
    )
