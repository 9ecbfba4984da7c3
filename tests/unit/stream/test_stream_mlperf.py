"""MLPerf Tiny's protocol in words, without a board."""

from __future__ import annotations

import pytest

from tinylab.errors import MeasurementError
from tinylab.stream import mlperf

ANSWER = [
    "m-warmup-start-1", "m-warmup-done", "m-infer-start-10", "m-lap-us-1000", "m-lap-us-251000",
    "m-infer-done", "m-results-[0.250,0.750]", "m-ready",
]  # fmt: skip


def test_lines_come_in_any_pieces() -> None:
    lines = mlperf.Lines()
    found = [
        line for piece in ("m-re", "ady\r", "\nm-na", "me\r\n\r\n\0x") for line in lines.feed(piece)
    ]
    assert found == ["m-ready", "m-name"]
    assert list(lines.feed("y\n")) == ["xy"]


def test_the_input_goes_in_pieces_of_31_bytes() -> None:
    data = bytes(range(70))
    first, *pieces = mlperf.load_commands(data)
    assert first == "db load 70%"
    assert [len(piece) for piece in pieces] == [66, 66, 20]
    assert all(len(piece) <= 80 for piece in pieces)
    assert bytes.fromhex("".join(piece[3:-1] for piece in pieces)) == data


def test_infer_always_names_its_warm_up() -> None:
    assert mlperf.infer_command(10, 0) == "infer 10 0%"


def test_what_infer_gave() -> None:
    found = mlperf.inferred(ANSWER)
    assert found.elapsed_us == 250_000
    assert found.results == (0.25, 0.75)


def test_timestamps_wrap_at_32_bits() -> None:
    wrapped = [line.replace("m-lap-us-1000", f"m-lap-us-{2**32 - 1000}") for line in ANSWER]
    assert mlperf.inferred(wrapped).elapsed_us == 252_000
    long = [line.replace("m-lap-us-251000", "m-lap-us-3000000000") for line in ANSWER]
    assert mlperf.inferred(long).elapsed_us == 2_999_999_000


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("m-lap-us-251000", "m-lap-us-1000", "do not change"),
        ("m-lap-us-251000", "m-lap-us-x", "two lines m-lap-us"),
        ("m-results-[0.250,0.750]", "m-results", "m-results"),
        ("m-results-[0.250,0.750]", "m-results-[a,b]", "numbers"),
    ],
)
def test_answers_that_say_nothing(old: str, new: str, said: str) -> None:
    with pytest.raises(MeasurementError, match=said):
        mlperf.inferred([line.replace(old, new) for line in ANSWER])


def test_names_profiles_and_refusals() -> None:
    assert mlperf.name_of(["m-name-dut-[my board]", "m-ready"]) == "my board"
    said = ["m-profile-[ULPMark for tinyML Firmware V0.0.1]", "m-model-[ic01]", "m-ready"]
    assert mlperf.profile_of(said) == ("ULPMark for tinyML Firmware V0.0.1", "ic01")
    assert mlperf.refusal(["e-[Unknown command: db]", "m-ready"]) == "Unknown command: db"
    assert mlperf.refusal(ANSWER) is None
    with pytest.raises(MeasurementError, match="m-name-dut"):
        mlperf.name_of(["hello"])


def test_the_sizes_of_the_reference_models() -> None:
    assert mlperf.MODEL_INPUT_BYTES == {"kws01": 490, "vww01": 27648, "ic01": 3072, "ad01": 2560}


def test_the_last_answer_counts() -> None:
    assert mlperf.name_of(["m-name-dut-[old]", "m-name-dut-[new]"]) == "new"
    found = mlperf.inferred(["m-lap-us-5", "m-results-[9]", *ANSWER[:-2], "m-results-[1, 2, ]"])
    assert (found.elapsed_us, found.results) == (250_000, (1.0, 2.0))


def test_one_microsecond_is_some_time_and_one_lap_is_none() -> None:
    short = [line.replace("m-lap-us-251000", "m-lap-us-1001") for line in ANSWER]
    assert mlperf.inferred(short).elapsed_us == 1
    with pytest.raises(MeasurementError, match="two lines m-lap-us"):
        mlperf.inferred([line for line in ANSWER if line != "m-lap-us-1000"])


def test_a_strange_answer_is_shown_by_its_last_eight_lines() -> None:
    with pytest.raises(MeasurementError) as caught:
        mlperf.name_of([f"line {number}" for number in range(20)])
    assert caught.value.details.split("\n") == [f"line {number}" for number in range(12, 20)]


def test_without_a_profile_nothing_is_made_up() -> None:
    assert mlperf.profile_of(["m-ready"]) == ("", "")


def test_the_input_is_loaded_when_the_image_says_so() -> None:
    assert mlperf.loaded(["m-load-done", "m-ready"])
    assert not mlperf.loaded(["m-ready"])


def test_the_rules_are_the_official_runners() -> None:
    assert (mlperf.RUNS, mlperf.WINDOW_S, mlperf.CHUNK) == (5, 10.0, 31)
