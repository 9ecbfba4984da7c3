"""MLPerf Tiny's serial protocol, the host's side, without any input or output.

The image under test is told what to do in words that end with `%`, and answers in lines, the
last of which is `m-ready`. Sources: MLCommons' repository `tiny`, benchmark/api
(internally_implemented.cpp and .h: commands, answers, sizes) and benchmark/runner
(device_under_test.py: what is asked, in which pieces; script.py and main.py: throughput is
inferences over the time between the image's two timestamps, and the median of five counts).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tinylab.errors import MeasurementError, ProtocolError

READY = "m-ready"
RUNS = 5
"""How often the official runner repeats loading and inferring (tests_performance.yaml)."""
WINDOW_S = 10.0
"""It asks that a run lasts at least as long (main.py)."""
CHUNK = 31
"""Bytes in one `db` command; the image's command buffer has 80 characters."""
MODEL_INPUT_BYTES = {"kws01": 490, "vww01": 96 * 96 * 3, "ic01": 32 * 32 * 3, "ad01": 2560}
"""Input of the reference models in bytes, as the runner's data sets hold it."""
TIMESTAMP_RANGE = 1 << 32
"""Timestamps are printed as an unsigned long of 32 bits."""

_NAME = re.compile(r"m-name-\w+-\[([^\]]*)\]")
_PROFILE = re.compile(r"m-(profile|model)-\[([^\]]*)\]")
_LAP = re.compile(r"m-lap-us-(\d+)")
_RESULTS = re.compile(r"m-results-\[([^\]]*)\]")
_ERROR = re.compile(r"e-\[(.*)\]")


class Lines:
    """Makes lines of bytes that come in any pieces; carriage returns and zeros are dropped."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Iterator[str]:
        """The lines that are complete now."""
        *complete, self._rest = (self._rest + text).split("\n")
        for line in complete:
            stripped = line.strip("\r\0 ")
            if stripped:
                yield stripped


def load_commands(data: bytes) -> Iterator[str]:
    """The commands that fill the image's input buffer; each must be answered before the next."""
    yield f"db load {len(data)}%"
    for start in range(0, len(data), CHUNK):
        yield f"db {data[start : start + CHUNK].hex()}%"


def infer_command(inferences: int, warmup: int) -> str:
    """The warm-up always goes with it: left out, the image would take 10."""
    return f"infer {inferences} {warmup}%"


def name_of(lines: Sequence[str]) -> str:
    """The image's name, from its answer to `name%`. Raises MeasurementError."""
    found = [match[1] for line in lines if (match := _NAME.fullmatch(line))]
    if not found:
        raise _unexpected("name", "m-name-dut-[...]", lines)
    return found[-1]


def profile_of(lines: Sequence[str]) -> tuple[str, str]:
    """(profile, model), from the answer to `profile%`; empty where it does not say."""
    found = {match[1]: match[2] for line in lines if (match := _PROFILE.fullmatch(line))}
    return found.get("profile", ""), found.get("model", "")


def refusal(lines: Sequence[str]) -> str | None:
    """What the image complained of: `Unknown command: db`."""
    return next((match[1] for line in lines if (match := _ERROR.fullmatch(line))), None)


def loaded(lines: Sequence[str]) -> bool:
    """Whether the image has all bytes, from its answer to the last piece."""
    return "m-load-done" in lines


@dataclass(frozen=True)
class Inferred:
    """The answer to `infer`: microseconds between its timestamps, and the output vector."""

    elapsed_us: int
    results: tuple[float, ...]


def inferred(lines: Sequence[str]) -> Inferred:
    """What `infer` gave. Raises MeasurementError when the answer is none, or says nothing."""
    laps = [int(match[1]) for line in lines if (match := _LAP.fullmatch(line))]
    if len(laps) < 2:
        raise _unexpected("infer", "two lines m-lap-us-...", lines)
    elapsed = (laps[-1] - laps[-2]) % TIMESTAMP_RANGE
    if elapsed == 0:
        raise ProtocolError(
            "The image's timestamps do not move: both say "
            f"{laps[-1]} µs, before and after the inferences.",
            remedy="th_timestamp must print the microseconds since start; with a slow timer, ask "
            "for more with --inferences.",
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
    said = "\n".join(lines[-8:])
    return ProtocolError(
        f"The image's answer to `{command}%` has no {wanted}.",
        remedy="It must speak MLPerf Tiny's protocol in performance mode (EE_CFG_ENERGY_MODE 0), "
        "at the baud rate that --baud names.",
        details=said,
    )
