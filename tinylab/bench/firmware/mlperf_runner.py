"""Uses MLPerf Tiny's protocol with an image, in the order of the official runner."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable

import numpy as np

from tinylab.bench.firmware.firmware_events import FirmwareEvent, FirmwareStep, WindowTimed
from tinylab.bench.firmware.live_board import BoardState, LiveBoard
from tinylab.bench.firmware.mlperf_accuracy import accuracy_of
from tinylab.bench.plan.plan import StationRequest
from tinylab.bench.prepare.protocol_image import ProtocolImage
from tinylab.errors import MeasurementError, OutputWrong, ProtocolError
from tinylab.options.firmware import FirmwareOptions
from tinylab.results.firmware_record import MlperfAccuracy, MlperfRecord, MlperfWindow
from tinylab.stream import mlperf
from tinylab.zoo.tensor_type import FloatArray

ANSWER_S, INFER_S = 5.0, 30.0
"""How long the official runner waits for an answer (serial_device.py, device_under_test.py)."""
VIRTUAL_WINDOW_S, VIRTUAL_LEAST, VIRTUAL_WARMUP = 1.0, 3, 1
"""A virtual board repeats itself to the cycle. A window must still be long: the image prints its
first timestamp inside it, which takes 1.5 ms at 115200 baud."""
OWN_WINDOW_S = 0.02
"""The same of an image that tinylab built, which prints nothing inside it. Timestamps are in
microseconds, and a network that takes longer runs once."""
SAMPLES_TOLD = 100
LEAST, WARMUP = 10, 10
ROOM = 1.05
"""Factor by which a window is longer than required."""
TRIAL_SHARE = 10
"""A trial that lasts a window's time divided by this gives the speed."""
TOLERANCE, LATENESS_S = 0.02, 0.05
"""How far the image's timestamps may be from the board's time; seconds for printing."""


class MlperfRun:
    """Communicates with the image on `board`, which has just been reset. `made` is what is known of
    an image that tinylab built: its samples, and what it must answer.

    `record` has the results so far: None before the first window.
    """

    def __init__(
        self,
        board: LiveBoard,
        options: FirmwareOptions,
        payload: bytes | None,
        station: StationRequest,
        tell: Callable[[FirmwareEvent], None],
        made: ProtocolImage | None = None,
    ) -> None:
        self._board = board
        self._options = options
        self._payload = payload
        self._station = station
        self._tell = tell
        self._made = made
        self._accuracy: MlperfAccuracy | None = None
        self._virtual = board.station.machine is not None
        self._lines = mlperf.Lines()
        self._read = 0
        self._patience = min(ANSWER_S, options.time_limit_s or ANSWER_S)
        self._windows: list[MlperfWindow] = []
        self._about = ("", "", "")
        self._input = (b"", "nothing")
        self.remarks: list[str] = []

    @property
    def record(self) -> MlperfRecord | None:
        if not self._windows:
            return None
        name, profile, model = self._about
        data, source = self._input
        digest = hashlib.sha256(data).hexdigest()
        windows = tuple(self._windows)
        size = len(data)
        return MlperfRecord(name, profile, model, source, size, digest, windows, self._accuracy)

    def run(self) -> None:
        """Raises MeasurementError if the image's answer violates the protocol, or is wrong."""
        self._board.stand_at(f"{mlperf.READY}\r\n")
        self._board.start(self._patience)
        self._await_start()
        name = mlperf.name_of(self._ask("name%"))
        self._about = (name, *mlperf.profile_of(self._ask("profile%")))
        self._say(f"it is {name}, model {self._about[2] or 'unknown'}")
        self._input = self._choose_input()
        inferences, warmup = self._amount()
        for number in range(1, mlperf.RUNS + 1):
            self._load(self._input[0])
            window = self._infer(inferences, warmup)
            self._windows.append(window)
            self._tell(WindowTimed(self._station, number, window))
        self._remark_short_windows()
        if self._made is not None:
            self._judge(self._made)

    def _judge(self, made: ProtocolImage) -> None:
        """Raises OutputWrong if the image's results are not the host's."""
        if made.samples is not None:
            self._accuracy = accuracy_of(made, self._answers(made))
            wrong = self._accuracy.different
        else:
            results = (np.array(window.results, np.float32) for window in self._windows)
            wrong = int(any(made.differs(0, one) for one in results))
        if wrong:
            raise OutputWrong(
                f"The image's results are not the host's for {wrong:,} of {len(made.payloads):,} "
                "samples."
                if made.samples
                else "The image's results are not the host's.",
                remedy="Measure the network without --protocol, which compares all outputs.",
            )

    def _answers(self, made: ProtocolImage) -> FloatArray:
        """The results (n, numbers) of each sample, inferred once, as in the accuracy mode."""
        found = []
        for number, data in enumerate(made.payloads, 1):
            self._load(data)
            found.append(self._infer(1, 0).results)
            if number % SAMPLES_TOLD == 0 or number == len(made.payloads):
                self._say(f"sample {number:,} of {len(made.payloads):,}")
        if len({len(one) for one in found}) > 1:
            raise ProtocolError(
                "The image's results have different lengths.",
                remedy="A line of its serial output may be lost; try a lower --baud.",
            )
        return np.array(found, np.float32)

    def _await_start(self) -> None:
        """It announces itself, unless it did so before the port was open."""
        said = self._answer(self._patience)
        if said is None and self._board.text:
            raise self._not_ready("starting")

    def _choose_input(self) -> tuple[bytes, str]:
        """The user's bytes, else zeros in the size that the reference model takes."""
        if self._made is not None:
            return self._made.payloads[0], self._made.source
        model = self._about[2]
        size = mlperf.MODEL_INPUT_BYTES.get(model, 0)
        if self._payload is not None:
            if size and len(self._payload) != size:
                self.remarks.append(
                    f"The input has {len(self._payload):,} bytes, the reference model of {model} "
                    f"takes {size:,}: the image may have used other data."
                )
            return self._payload, str(self._options.input)
        if size:
            return bytes(size), "zeros"
        self.remarks.append(
            f"No input was sent: the image's model '{model}' is none of "
            f"{', '.join(mlperf.MODEL_INPUT_BYTES)}. --input FILE sets the input."
        )
        return b"", "nothing"

    def _amount(self) -> tuple[int, int]:
        """(inferences, warm-up) of each window; its length is found by trial."""
        given, warmup = self._options.inferences, self._options.warmup
        if warmup is None:
            warmup = VIRTUAL_WARMUP if self._virtual else WARMUP
        if given is not None:
            return given, warmup
        window_s = VIRTUAL_WINDOW_S if self._virtual else mlperf.WINDOW_S
        count = least = VIRTUAL_LEAST if self._virtual else LEAST
        if self._virtual and self._made is not None:
            window_s, count, least = OWN_WINDOW_S, 1, 1
        self._load(self._input[0])
        while True:
            trial = self._infer(count, warmup)
            needed = math.ceil(window_s * ROOM * trial.inferences_per_second)
            if needed <= TRIAL_SHARE * count:
                return max(least, needed), warmup
            count = math.ceil(needed / TRIAL_SHARE)

    def _load(self, data: bytes) -> None:
        if not data:
            return
        said: list[str] = []
        for command in mlperf.load_commands(data):
            said = self._ask(command)
        if not mlperf.loaded(said):
            raise ProtocolError(
                f"The image did not accept the input of {len(data):,} bytes.",
                remedy="--input FILE must have as many bytes as its model takes.",
                details="\n".join(said[-8:]),
            )

    def _infer(self, inferences: int, warmup: int) -> MlperfWindow:
        limit = self._options.time_limit_s or INFER_S
        begun = self._board.now()
        said = self._ask(mlperf.infer_command(inferences, warmup), limit)
        passed = self._board.now() - begun
        found = mlperf.inferred(said)
        self._check_time(found.elapsed_us / 1e6, passed, inferences / (inferences + warmup))
        return MlperfWindow(inferences, warmup, found.elapsed_us, found.results)

    def _check_time(self, claimed: float, passed: float, share: float) -> None:
        """Compares the image's timer with the board's time until its answer."""
        slowest = passed * (1 + TOLERANCE)
        fastest = passed * share * (1 - 5 * TOLERANCE) - LATENESS_S
        if not fastest <= claimed <= slowest:
            remark = (
                f"The image reports that its inferences took {claimed:.4g} s, but its answer took "
                f"{passed:.4g} s with warm-up: its timer may run at another rate."
            )
            if not self.remarks or self.remarks[-1][:20] != remark[:20]:
                self.remarks.append(remark)

    def _ask(self, command: str, limit_s: float | None = None) -> list[str]:
        """Send a command; the lines up to `m-ready`. Raises MeasurementError."""
        self._board.send(command)
        said = self._answer(limit_s or self._patience)
        if said is None:
            raise self._not_ready(f"answering `{_short(command)}`")
        complaint = mlperf.refusal(said)
        if complaint is not None:
            raise ProtocolError(
                f"The image refused `{_short(command)}`: {complaint}.",
                remedy="It must speak MLPerf Tiny's protocol in performance mode.",
            )
        return said

    def _answer(self, limit_s: float) -> list[str] | None:
        """The lines up to `m-ready`; None when the time limit passes before it."""
        self._board.allow(limit_s)
        said: list[str] = []
        while True:
            state = self._board.look()
            fresh = self._board.text_from(self._read)
            self._read += len(fresh)
            said.extend(self._lines.feed(fresh))
            if mlperf.READY in said:
                return said
            if state is not BoardState.RUNNING:
                return None

    def _not_ready(self, doing: str) -> MeasurementError:
        tail = self._board.text[-200:].strip()
        if not self._board.text:
            what = "The image sent nothing"
        else:
            what = f"The image did not send {mlperf.READY} when"
        rest = f" {doing}" if self._board.text else ""
        return ProtocolError(
            f"{what}{rest}. {self._board.doing()}",
            remedy="It must speak MLPerf Tiny's protocol in performance mode over "
            f"{self._board.station.board.serial.name}, at the baud rate that --baud names; a slow "
            "network requires --time-limit SECONDS.",
            details=tail,
        )

    def _remark_short_windows(self) -> None:
        if self._virtual and self._made is not None:
            return
        longest = max(window.elapsed_us for window in self._windows) / 1e6
        if longest < mlperf.WINDOW_S:
            self.remarks.append(
                f"Each window took {longest:.3g} s; the official runner asks for "
                f"{mlperf.WINDOW_S:g} s, which --inferences reaches."
                + ("" if self._made else " The printing of a timestamp is inside it.")
            )

    def _say(self, text: str) -> None:
        self._tell(FirmwareStep(self._station, text))


def _short(command: str) -> str:
    return command if len(command) <= 24 else f"{command[:20]}...%"
