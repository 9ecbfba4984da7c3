"""`tinylab run --protocol mlperf`: networks in images that speak MLPerf Tiny's protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from tests.fakes.stations import machine
from tests.fakes.tflite import mlperf_tiny, operators, streaming
from tests.fakes.tflite.files import Op, Tensor, interpreted, model, network_of
from tests.fakes.tflite.mlperf_tiny import Chain
from tinylab.boards.catalog import by_name
from tinylab.build.firmware_file import read_firmware
from tinylab.cli.main import main
from tinylab.sim.virtual_probe.vcp import VirtualComPort
from tinylab.zoo import load
from tinylab.zoo.execution import reference

L4, H7, U5 = "sim:nucleo_l4r5zi", "sim:nucleo_h7a3zi_q", "sim:nucleo_u575zi_q"
QUICK = ("--inferences", "2", "--warmup", "0")


def spoken(
    capsys: pytest.CaptureFixture[str], path: Path, on: str, *arguments: str
) -> tuple[int, dict[str, Any]]:
    """The exit code, and the row of the only run."""
    words = ["run", "--protocol", "mlperf", "--model", str(path), "--on", on, "--format", "json"]
    code = main([*words, *arguments])
    [row] = json.loads(capsys.readouterr().out)["rows"]
    return code, row


def refused(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> str:
    assert main(["run", "--protocol", "mlperf", *words]) == code
    said = capsys.readouterr().err
    assert "\n  " in said, "no remedy"
    return said


def written(content: bytes, path: Path) -> Path:
    path.write_bytes(content)
    return path


def test_anomalies_are_detected_from_floats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The image quantises float32 values, and prints the mean squared error."""
    content = mlperf_tiny.narrow_autoencoder()
    path = written(content, tmp_path / "ad.tflite")
    x = np.random.default_rng(1).normal(-34, 20, (4, 640)).astype(np.float32)
    np.savez(tmp_path / "own.npz", x=x, y=[0, 1, 0, 1])
    code, row = spoken(capsys, path, L4, *QUICK, "--data", str(tmp_path / "own.npz"))
    assert (code, row["error"]) == (0, None)
    record = row["mlperf"]
    assert (record["model"], record["input_bytes"]) == ("ad01", 2560)
    errors = [_error(content, one) for one in x]
    assert record["windows"][0]["results"] == pytest.approx([errors[0]], rel=2e-6)
    pairs = [(errors[bad], errors[good]) for bad in (1, 3) for good in (0, 2)]
    wanted = sum(bad > good for bad, good in pairs) / 4
    accuracy = record["accuracy"]
    assert (accuracy["metric"], accuracy["board"], accuracy["host"]) == ("AUC", wanted, wanted)
    assert (accuracy["samples"], accuracy["different"]) == (4, 0)


def _error(content: bytes, values: np.ndarray) -> float:
    """With LiteRT, as the reference implementation computes it."""
    steps = values / np.float32(0.39)
    stored = np.clip(np.trunc(steps + np.copysign(0.5, steps)) + 89, -128, 127)
    [output] = interpreted(content, stored.astype(np.int8)[None])
    scale, zero = _quantisation(content)
    return float(np.square(scale * (output.astype(float) - zero) - values).mean())


def _quantisation(content: bytes) -> tuple[float, int]:
    from ai_edge_litert.interpreter import Interpreter

    [detail] = Interpreter(model_content=content).get_output_details()
    scale, zero = detail["quantization"]
    return float(scale), int(zero)


def test_images_are_pixels_from_0_to_255(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accuracy, the time, and the image for other tools, which `tinylab firmware` runs alike."""
    path = written(mlperf_tiny.pooled((32, 32, 3), 10), tmp_path / "ic.tflite")
    x = np.random.default_rng(2).integers(0, 256, (2, 32, 32, 3))
    np.savez(tmp_path / "own.npz", x=x, y=[3, 4])
    image, pixels = tmp_path / "ic.elf", tmp_path / "pixels.bin"
    pixels.write_bytes(x[0].astype(np.uint8).tobytes())
    more = ("--data", str(tmp_path / "own.npz"), "--image", str(image))
    code, row = spoken(capsys, path, H7, "--inferences", "20", *more)
    assert (code, row["error"]) == (0, None)
    record = row["mlperf"]
    assert (record["model"], record["input_bytes"]) == ("ic01", 3072)
    assert record["accuracy"]["metric"] == "accuracy"
    assert record["accuracy"]["board"] == record["accuracy"]["host"]

    words = ["firmware", str(image), "--on", H7, "--protocol", "mlperf", "--format", "json"]
    assert main([*words, "--input", str(pixels), "--inferences", "20"]) == 0
    [other] = json.loads(capsys.readouterr().out)["rows"]
    for mine, theirs in zip(record["windows"], other["mlperf"]["windows"], strict=True):
        assert mine["results"] == theirs["results"]
        assert abs(mine["elapsed_us"] - theirs["elapsed_us"]) <= 2

    words = ["run", "--model", str(path), "--on", H7, "--format", "json"]
    assert main([*words, "--data", str(tmp_path / "own.npz")]) == 0
    [usual] = json.loads(capsys.readouterr().out)["rows"]
    per_inference = record["windows"][0]["elapsed_us"] / 20e3
    assert per_inference == pytest.approx(usual["latency_ms"]["median"], rel=0.003)


def test_other_networks_take_their_own_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = Chain((12,), 0.1, 3, seed=1).dense(5).file()
    path = written(content, tmp_path / "my net.tflite")
    image = tmp_path / "net.bin"
    code, row = spoken(capsys, path, f"{U5}@80", "--image", str(image))
    assert (code, row["error"]) == (0, None)
    assert row["network"] == str(path)
    assert row["clock_hz"] == 80e6
    assert (row["mlperf"]["model"], row["mlperf"]["input_bytes"]) == ("my_net", 12)
    elf = read_firmware(Path(row["image"]["file"]), by_name("nucleo_u575zi_q"))
    plain = read_firmware(image, by_name("nucleo_u575zi_q"))
    assert plain.segments[0].data.startswith(elf.segments[0].data)


def test_a_network_that_keeps_states_is_reset_before_each_inference(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The results are those of each sample alone, whatever was inferred before."""
    random = np.random.default_rng(1)
    path = written(streaming.delay_line(random, "float32"), tmp_path / "delay.tflite")
    network = load.load(path)
    [first, *_] = network.inputs
    x = random.normal(0, 1, (3, *first.shape)).astype(np.float32)
    np.savez(tmp_path / "own.npz", x=x)
    code, row = spoken(capsys, path, L4, *QUICK, "--data", str(tmp_path / "own.npz"))
    assert (code, row["error"]) == (0, None)
    assert np.ptp(reference.run(network, [np.repeat(x[:1], 2, axis=0)])[0], axis=0).any()


def test_a_port_as_fast_as_the_core(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No wake-up is missed when a character takes little longer than the code that waits for it."""
    path = written(Chain((12,), 0.1, 3, seed=1).dense(5).file(), tmp_path / "net.tflite")
    for megahertz, baud in ((16, 921_600), (24, 1_500_000)):
        on = f"{L4}@{megahertz}"
        code, row = spoken(capsys, path, on, *QUICK, "--baud", str(baud))
        assert (code, row["error"]) == (0, None)


def test_the_catalogue_on_a_port_of_the_older_kind(capsys: pytest.CaptureFixture[str]) -> None:
    """Floats, held-out samples, and a USART whose registers are ordered differently."""
    words = ["run", "--protocol", "mlperf", "--model", "house_price", "--on", "sim:nucleo_f446re"]
    assert main([*words, *QUICK, "--baud", "460800"]) == 0
    said = capsys.readouterr()
    assert "house_price on sim:nucleo_f446re" in said.out
    assert "held-out samples, the first" in said.out
    assert "not an official MLPerf result" in said.out


def test_networks_that_do_not_go_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = model(
        [Tensor((1, 4)), Tensor((1, 4)), Tensor((1, 4))],
        [Op("ADD", [0, 1], [2], schema.AddOptionsT())],
        [0, 1],
        [2],
    )
    path = written(both, tmp_path / "two.tflite")
    said = refused(capsys, 2, "--model", str(path), "--on", L4)
    assert "two has 2 inputs; MLPerf Tiny's protocol loads one" in said
    large = written(Chain((96, 96, 3), 1.0, -128, 1).conv(64).averaged().classes(2).file(),
                    tmp_path / "large.tflite")  # fmt: skip
    said = refused(capsys, 4, "--model", str(large), "--on", "sim:nucleo_wb55rg")
    assert "does not fit" in said
    labels = tmp_path / "labels.npz"
    np.savez(labels, x=np.zeros((2, 640)), y=[3, 4])
    path = written(mlperf_tiny.narrow_autoencoder(), tmp_path / "ad.tflite")
    said = refused(capsys, 2, "--model", str(path), "--on", L4, "--data", str(labels))
    assert "y must be 0 for normal samples and 1 for the others" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--runtime", "tinylab"), "--protocol cannot be combined with --runtime"),
        (("--image", "net.img"), "cannot be written as .img"),
        (("--image", "no/folder/net.elf"), "there is no folder"),
        (("--image", "net.elf", "--on", U5), "--image takes the image of one run; there are 2"),
        (("--baud", "9000000"), "does not support 9,000,000 baud"),
        (("-o", "out.html"), "cannot be written as .html"),
    ],
)
def test_options_that_do_not_go_are_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    always = ("--model", "house_price", "--on", f"{L4}@20")
    assert said in refused(capsys, 2, *always, *words)


def test_options_of_the_protocol_need_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--image", "net.elf"]) == 2
    assert "--image requires --protocol" in capsys.readouterr().err


COMMANDS = {
    "name%": ["m-name-dut-[tinylab]"],
    "profile%": ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[net]"],
    "db%": ["e-[Command 'db' requires a subcommand]"],
    "db load%": ["e-[Command 'db load' requires the # of bytes]"],
    "db load 0%": ["e-[Command 'db load' must be >0 bytes]"],
    "db load 99999999999%": ["e-[Command 'db load' must be >0 bytes]"],
    "db load 13%": ["e-[Supplied buffer size 13 exceeds maximum of 12]"],
    "db load 12%": ["m-[Expecting 12 bytes]"],
    "db 000102030405060708090A%": [],
    "infer 1 0%": ["e-[The input has 11 bytes, expected 12]"],
    "db 1%": ["e-[Insufficient number of hex digits]"],
    "db 1g%": ["e-[Invalid hex digit '1g']"],
    "db fF00%": ["m-load-done"],
    "db 00%": ["e-[More bytes than 'db load' announced]"],
    "db print%": ["m-buffer-00-01-02-03-04-05-06-07", "m-buffer-08-09-0a-ff"],
    "infer 0%": ["e-[Inference iterations must be >0]"],
    "infer 1 -1%": ["e-[Inference warmup must be >=0]"],
    "start%": ["e-[Unknown command: start]"],
    "%": ["e-[Unknown command: ]"],
    "\r\nname%": ["m-name-dut-[tinylab]"],
    f"{'x' * 100}%": [f"e-[Unknown command: {'x' * 80}]"],
}  # fmt: skip


def test_every_command_is_answered_as_the_reference_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = Chain((12,), 0.1, 3, seed=1).dense(5).file()
    image = tmp_path / "image.elf"
    path = written(content, tmp_path / "net.tflite")
    assert spoken(capsys, path, L4, *QUICK, "--image", str(image))[0] == 0
    with talking(image, "nucleo_l4r5zi") as ask:
        mode, lap, done = ask("")
        assert (mode, done) == ("m-timestamp-mode-performance", "m-init-done")
        assert 0 < int(lap.removeprefix("m-lap-us-")) < 1000
        for command, answer in COMMANDS.items():
            assert ask(command) == answer, command
        said = ask("infer 3%")
        begun, ended = (int(line.removeprefix("m-lap-us-")) for line in said[3:5])
        assert 0 < ended - begun < 1000
        stored = np.array([*range(11), 255], np.uint8).view(np.int8)
        scale, zero = _quantisation(content)
        [output] = interpreted(content, stored[None])
        numbers = [float(one) for one in said[6].removeprefix("m-results-[")[:-1].split(",")]
        assert numbers == pytest.approx((scale * (output[0].astype(float) - zero)), abs=1e-6)
        del said[3:5]
        expected = ["m-warmup-start-10", "m-warmup-done", "m-infer-start-3", "m-infer-done"]
        assert said == [*expected, *ask("results%")]
        [later] = ask("timestamp%")
        assert int(later.removeprefix("m-lap-us-")) > ended
        assert ask("help%")[-1].startswith("results")


@contextmanager
def talking(image: Path, name: str) -> Iterator[Any]:
    """Asks a board that runs `image`; the answer is without `m-ready`."""
    board = by_name(name)
    with machine(board) as made:
        port = VirtualComPort(made)
        port.stand_at(b"m-ready\r\n")
        made.hold_reset()
        for segment in read_firmware(image, board).segments:
            offset = segment.address - made.memory.flash.base
            made.memory.flash.buffer[offset : offset + len(segment.data)] = segment.data
        made.release_reset()

        def ask(command: str) -> list[str]:
            if command:
                port.write(command.encode())
            said, until = b"", time.monotonic() + 20
            while not said.endswith(b"m-ready\r\n"):
                assert time.monotonic() < until, said
                time.sleep(0.002)
                said += port.read()
            return said.decode().split("\r\n")[:-2]

        yield ask
        port.close()


@pytest.mark.parametrize("dtype", ["int32", "int64"])
def test_numbers_of_classes_are_printed(
    dtype: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = operators.place(np.random.default_rng(1), "ARG_MAX", "int8", (1, 9), 1, dtype)
    path = written(content, tmp_path / "places.tflite")
    x = np.random.default_rng(2).random((3, 9)).astype(np.float32)
    np.savez(tmp_path / "own.npz", x=x)
    code, row = spoken(capsys, path, L4, *QUICK, "--data", str(tmp_path / "own.npz"))
    assert (code, row["error"]) == (0, None)
    network = network_of(content, tmp_path)
    wanted = float(reference.run(network, [x])[0][0].item())
    assert row["mlperf"]["windows"][0]["results"] == [wanted]
