"""Boards that hang, lock up or are reset while they are measured, over both links."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import networks
from tests.fakes.broken_kernels import source_of
from tests.virtual.sessions.test_bench_runs import CLOCK, RULE, given, image_of, target
from tinylab import paths
from tinylab.bench.measure.link_choice import MeasureAttempts, measure
from tinylab.bench.measure.measurement import Bench, Measurement
from tinylab.bench.plan.plan import parse_station
from tinylab.bench.station.station import Station, open_station
from tinylab.build.image import Image
from tinylab.codegen.generate import generate
from tinylab.errors import LinkError, MeasurementError
from tinylab.options.measuring import SWD, UART
from tinylab.zoo.network import Network
from tinylab.zoo.operations import Dense

LINKS = pytest.mark.parametrize("link", [SWD, UART])


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    with open_station(parse_station("sim:nucleo_wb55rg")) as opened:
        yield opened


@pytest.fixture(scope="module")
def house() -> Network:
    return networks.house_price()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tinylab.bench.measure.measurement.SILENCE_S", 0.05)
    monkeypatch.setattr("tinylab.bench.station.silence_timeout.ANSWER_S", 3.0)


def broken(house: Network, folder: Path, statement: str, *, after: int = 3) -> Image:
    """An image whose dense layers do `statement` from the inference number `after` on."""
    projects = folder / "projects"
    shutil.copytree(paths.platformio_projects(), projects)
    kernel = source_of("tl_dense_f32", projects)
    text = kernel.read_text()
    body = text.index("{", text.index("void tl_dense_f32")) + 1
    layers = sum(isinstance(layer.operation, Dense) for layer in house.layers)
    calls = f"\n  static int calls;\n  if (calls++ >= {after * layers}) {{ {statement} }}"
    kernel.write_text(text[:body] + calls + text[body:])
    return image_of(generate(house), projects)


def measured(station: Station, image: Image, house: Network, link: str) -> Measurement:
    station.flash(image.segments, lambda fraction: None)

    def bench() -> Bench:
        wanted = target(image, house)
        return Bench(station.connection, wanted, station.timebase, lambda: False)

    def attempt(made: Bench) -> Measurement:
        inputs = [one.tobytes() for one in given(house, 2)]
        return made.measure(CLOCK, RULE, inputs, 10, lambda batch: None)

    return measure(
        link, station, CLOCK, MeasureAttempts(bench, attempt, lambda reason: None)
    ).measured


@LINKS
def test_a_core_that_never_comes_back_is_told_with_its_place(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    image = broken(house, tmp_path, "for (;;) {}")
    with pytest.raises(LinkError, match="stopped responding after 3 inferences") as caught:
        measured(station, image, house, link)
    assert "The core was in tl_dense_f32 at tl_dense_f32.c:" in caught.value.message
    assert "may not terminate" in caught.value.remedy


@LINKS
def test_a_fault_is_told_with_registers_and_place(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    image = broken(house, tmp_path, "*(volatile int *)0x60000000 = 1;")
    with pytest.raises(
        MeasurementError, match="Fault occurred in tl_dense_f32 at tl_dense_f32"
    ) as caught:
        measured(station, image, house, link)
    for text in ("r0 0x", "r12 0x", "lr 0x", "pc 0x", "xpsr 0x", "CFSR 0x", "PRECISERR"):
        assert text in caught.value.details
    assert "called from" in caught.value.details


@LINKS
def test_a_locked_up_core_is_told(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    """The stack is where no memory is: entering the fault's handler faults too."""
    image = broken(house, tmp_path, '__asm volatile("msr msp, %0\\n\\tudf #0" ::"r"(0x60000000));')
    with pytest.raises(MeasurementError, match=r"^A .* occurred") as caught:
        measured(station, image, house, link)
    assert "CFSR" in caught.value.details


@LINKS
def test_a_board_that_is_reset_again_and_again_is_told(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    reset = "*(volatile unsigned *)0xE000ED0C = 0x05FA0004u; for (;;) {}"
    image = broken(house, tmp_path, reset)
    with pytest.raises(LinkError, match=r"was reset while it measured: .* began \d+ times") as told:
        measured(station, image, house, link)
    assert "watchdog" in told.value.remedy


@LINKS
def test_a_breakpoint_in_the_way_is_told(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    image = broken(house, tmp_path, '__asm volatile("bkpt #0");')
    with pytest.raises(MeasurementError, match="was halted in tl_dense_f32 at") as caught:
        measured(station, image, house, link)
    assert "debuggers" in caught.value.remedy


@LINKS
def test_firmware_that_never_begins_is_told_with_its_place(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    projects = tmp_path / "projects"
    shutil.copytree(paths.platformio_projects(), projects)
    startup = projects / "bench" / "src" / "startup.c"
    text = startup.read_text()
    assert "  main();" in text
    startup.write_text(text.replace("  main();", "  for (volatile int on = 1; on;) {}\n  main();"))
    image = image_of(generate(house), projects)
    with pytest.raises(LinkError, match="does not respond: its firmware does not run") as caught:
        measured(station, image, house, link)
    assert "Reset_Handler at startup.c" in caught.value.message
    assert "BOOT0" in caught.value.remedy


@LINKS
def test_after_all_that_the_board_works(
    station: Station, house: Network, tmp_path: Path, link: str
) -> None:
    image = image_of(generate(house))
    assert measured(station, image, house, link).cycles.size == 5
