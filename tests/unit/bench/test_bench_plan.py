"""Plans: what the user's words become."""

import pytest

from tinylab import paths
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.errors import InputError, UnknownName


def test_without_words_the_plan_is_the_study() -> None:
    plan = make_plan([], [], Options())
    cells = [(job.model, job.station.label, job.clock_hz) for job in plan.jobs]
    assert len(cells) == 12
    assert cells[0] == ("house_price", "sim:nucleo_wb55rg", 48_000_000)
    assert cells[-1] == ("image_classification", "sim:nucleo_h723zg", 550_000_000)


def test_a_station_without_clocks_runs_at_its_highest() -> None:
    [job] = make_plan(["house_price"], [parse_station("sim:nucleo_h723zg")], Options()).jobs
    assert job.clock_hz == 550_000_000


def test_a_clock_given_twice_is_measured_once() -> None:
    plan = make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64,64.0")], Options())
    assert len(plan.jobs) == 1


def test_a_file_is_titled_by_its_name_or_its_folders() -> None:
    file = paths.models() / "house_price" / "model.tflite"
    [job] = make_plan([str(file)], [parse_station("sim:nucleo_wb55rg@64")], Options()).jobs
    assert job.model == str(file)
    assert job.title == "house_price"


def test_serial_numbers_tell_two_boards_of_a_kind_apart() -> None:
    first, second = parse_station("nucleo_wb55rg#A1@48"), parse_station("nucleo_wb55rg#B2@64")
    plan = make_plan(["house_price"], [first, second], Options())
    assert [job.serial for job in plan.jobs] == ["A1", "B2"]


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["sim:nucleo_wb55rg@48", "sim:nucleo_wb55rg@64"], "sim:nucleo_wb55rg@48,64"),
        (["nucleo_wb55rg@48", "nucleo_wb55rg#A1@64"], "#SERIAL"),
        (["nucleo_wb55rg#A1@48", "nucleo_wb55rg#A1@64"], "#A1@48,64"),
    ],
)
def test_two_plans_for_one_station_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(InputError, match="Two plans were given for one station") as caught:
        make_plan(["house_price"], [parse_station(text) for text in texts], Options())
    assert said in str(caught.value)


@pytest.mark.parametrize("text", ["", "@64", "sim:"])
def test_what_names_no_board_says_how_to_name_one(text: str) -> None:
    with pytest.raises(InputError, match="does not name a board"):
        parse_station(text)


@pytest.mark.parametrize(
    ("clocks", "blamed"),
    [
        ("0", "0"),
        ("48,,64", ""),
        (".", "."),
        ("", ""),
        ("x", "x"),
        ("48,abc", "abc"),
        ("-48", "-48"),
        ("nan", "nan"),
        ("9" * 400, "9"),
        ("٤٨", "٤٨"),
    ],
)
def test_a_clock_that_is_no_frequency_is_blamed_and_not_its_board(clocks: str, blamed: str) -> None:
    with pytest.raises(InputError, match="' is not a clock") as caught:
        parse_station(f"sim:nucleo_wb55rg@{clocks}")
    assert caught.value.message.startswith(f"'{blamed}")
    assert "does not name a board" not in caught.value.message
    assert "MHz" in caught.value.remedy


@pytest.mark.parametrize("serial", ["", "A B", "A/1"])
def test_a_serial_number_that_is_none_is_blamed(serial: str) -> None:
    with pytest.raises(InputError, match="is not a serial number") as caught:
        parse_station(f"nucleo_wb55rg#{serial}@64")
    assert "tinylab probes" in caught.value.remedy


def test_blanks_around_the_parts_of_a_station_are_passed_over() -> None:
    assert parse_station(" sim:nucleo_wb55rg @ 48, 64 ") == parse_station("sim:nucleo_wb55rg@48,64")


def test_an_unknown_board_names_near_ones() -> None:
    with pytest.raises(UnknownName, match="nucleo_h723zg"):
        parse_station("nucleo_h732zg@550")


@pytest.mark.parametrize(
    "options",
    [Options(inferences=0), Options(min_time_s=-1), Options(warmup=-1), Options(compression="x2")],
)
def test_options_out_of_range_say_what_they_take(options: Options) -> None:
    with pytest.raises(InputError, match=r"^--.* takes "):
        make_plan(["house_price"], [parse_station("sim:nucleo_wb55rg@64")], options)
