"""Which code runs which model."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes import networks
from tests.fakes.cubeai import StandIn
from tests.fakes.st_tools import bare_machine, install
from tinylab.bench.plan.plan import Options, make_plan, parse_station
from tinylab.bench.plan.workloads import Workload, parse_runtimes
from tinylab.errors import InputError, NoTool
from tinylab.zoo import catalog

WB = [parse_station("sim:nucleo_wb55rg@48,64")]


@pytest.fixture
def house(tmp_path: Path) -> str:
    return str(StandIn(networks.house_price(), cores=()).write(tmp_path / "house"))


@pytest.fixture
def gesture(tmp_path: Path) -> str:
    made = StandIn(networks.human_activity(), name="human_activity", cores=())
    return str(made.write(tmp_path / "gesture"))


def test_runtimes() -> None:
    assert parse_runtimes([], []) == ("tinylab",)
    assert parse_runtimes([], ["dir"]) == ("cubeai",)
    assert parse_runtimes(["both"], ["dir"]) == ("tinylab", "cubeai")
    assert parse_runtimes(["cubeai", "tinylab", "cubeai"], []) == ("cubeai", "tinylab")
    with pytest.raises(InputError, match="--runtime takes one of tinylab, cubeai, both, not 'tvm'"):
        parse_runtimes(["tvm"], [])
    with pytest.raises(InputError, match="requires --runtime cubeai"):
        parse_runtimes(["tinylab"], ["dir"])


def options(*folders: str, runtimes: tuple[str, ...] = ("cubeai",)) -> Options:
    return Options(runtimes=runtimes, cubeai_dirs=folders)


def test_a_folder_alone_is_measured_without_a_model(house: str) -> None:
    jobs = make_plan([], WB, options(house)).jobs
    assert [(job.model, job.clock_hz) for job in jobs] == [(house, 48e6), (house, 64e6)]
    assert {job.runtime for job in jobs} == {"cubeai"}
    assert not any(job.workload.loads for job in jobs)
    assert jobs[0].title == "house price"


def test_every_network_of_several_folders(house: str, gesture: str) -> None:
    jobs = make_plan([], WB, options(house, gesture)).jobs
    assert list(dict.fromkeys(job.model for job in jobs)) == [house, gesture]


def test_two_networks_in_one_folder_are_told_apart(tmp_path: Path) -> None:
    for name in ("first", "second"):
        StandIn(networks.house_price(), name=name, cores=()).write(tmp_path)
    jobs = make_plan([], WB, options(str(tmp_path))).jobs
    labels = [f"{tmp_path}/X-CUBE-AI/App/{name}" for name in ("first", "second")]
    assert list(dict.fromkeys(job.model for job in jobs)) == labels


def test_both_runtimes_of_a_model_stand_together(house: str) -> None:
    both = options(house, runtimes=("tinylab", "cubeai"))
    jobs = make_plan(["house_price"], WB, both).jobs
    assert [(job.model, job.runtime, job.clock_hz / 1e6) for job in jobs] == [
        ("house_price", "tinylab", 48),
        ("house_price", "tinylab", 64),
        ("house_price", "cubeai", 48),
        ("house_price", "cubeai", 64),
    ]
    assert [job.workload.generated is None for job in jobs] == [True, True, False, False]


def test_of_several_networks_the_model_gets_its_own(house: str, gesture: str) -> None:
    jobs = make_plan(["human_activity", "house_price"], WB, options(house, gesture)).jobs
    found = {job.model: job.workload.generated for job in jobs}
    assert found["human_activity"] is not None
    assert found["human_activity"].name == "human_activity"
    assert found["house_price"] is not None
    assert found["house_price"].name == "network"


def test_without_folders_sts_tool_is_to_make_it_from_every_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_machine(tmp_path, monkeypatch)
    both = options(runtimes=("tinylab", "cubeai"))
    with pytest.raises(NoTool, match="not installed"):
        make_plan([], WB, both)
    tool = install(tmp_path / "pack", "10.2.0")
    jobs = make_plan([], WB, replace(both, st_tool=str(tool.root))).jobs
    asked = {(job.model, job.runtime) for job in jobs}
    assert asked == {(model, name) for model in catalog.names() for name in both.runtimes}
    assert all(job.workload.generated is None and job.workload.loads for job in jobs)
    assert tool.runs == [], "the plan starts nothing"


def test_a_folder_that_is_given_twice_is_measured_once(house: str) -> None:
    assert len(make_plan([], WB, options(house, house)).jobs) == len(
        make_plan([], WB, options(house)).jobs
    )


def test_a_folder_whose_name_is_not_utf_8_has_a_name_that_can_be_stored(
    house: str, tmp_path: Path
) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    Path(house).rename(folder)
    jobs = make_plan([], WB, options(folder)).jobs
    assert {job.model for job in jobs} == {f"{tmp_path}/caf\\xe9"}


def test_requests_that_cannot_be(house: str, gesture: str) -> None:
    for names, wanted, said in (
        ([], options(house, runtimes=("tinylab", "cubeai")), "requires the model"),
        (["image_classification"], options(house, gesture), "no network of image_classification"),
        (["house_price"], options(house, house), "2 networks of house_price"),
    ):
        with pytest.raises(InputError, match=said) as caught:
            make_plan(names, WB, wanted)
        assert caught.value.remedy


def test_bytes_of_a_name_that_are_no_text_are_spelled_out() -> None:
    """The database and JSON hold text; a file's name may be any bytes."""
    workload = Workload(os.fsdecode(b"b\xff.keras"), "b")
    assert workload.name == "b\\xff.keras"
    assert workload.name.encode()
