"""What a board has to do, virtual or real: `pytest --probe SERIAL` plays this on silicon."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyocd.flash.flash import Flash

from tests.fakes.broken_kernels import UNDEFINED_INSTRUCTION, projects_with
from tests.scenarios.conftest import Rig
from tinylab.bench.measure.measurement import Target
from tinylab.bench.plan.events import Event, RunFailed, Samples
from tinylab.bench.session import station_runner
from tinylab.boards.clocks import solve
from tinylab.errors import Interrupted, LinkError, MeasurementError, StationError
from tinylab.probe import flash, protection
from tinylab.probe.connection import CoreState
from tinylab.probe.discovery import list_probes
from tinylab.results.stored_run import RunState

CPUID = 0xE000_ED00
PART_NUMBER = 0xFFF0
FOREVER = 1_000_000


def test_it_is_discovered_as_itself(station: Rig) -> None:
    [probe] = [one for one in list_probes(station.bus) if one.unique_id == station.serial]
    assert probe.problem is None
    assert probe.board_name == station.board.name
    assert not probe.simulated
    assert probe.firmware


def test_probe_and_chip_say_what_they_are(station: Rig) -> None:
    identity = station.board.identity
    with station.connect() as connection:
        connection.identify()
        [cpuid] = connection.read_words(CPUID, 1)
        assert cpuid & PART_NUMBER == identity.cpuid & PART_NUMBER
        kilobytes = connection.read_bytes(identity.flash_size_address, 2)
        assert int.from_bytes(kilobytes, "little") * 1024 == station.board.flash.size


def test_its_option_bytes_can_be_read_and_forbid_nothing(station: Rig) -> None:
    with station.connect() as connection:
        found = protection.read(connection)
    assert (found.level, found.sectors) == (0, ())


def test_what_is_in_the_flash_already_is_not_written_again(
    station: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two images, each flashed twice: only the first time sectors are erased."""
    erased: list[int] = []
    erase_sector = Flash.erase_sector

    def counted(algorithm: Any, address: int) -> None:
        erased.append(address)
        erase_sector(algorithm, address)

    monkeypatch.setattr(Flash, "erase_sector", counted)
    base = station.board.flash.base
    found = []
    with station.connect() as connection:
        for data in (bytes(range(256)) * 20, bytes(range(255, -1, -1)) * 20):
            for _ in range(2):
                erased.clear()
                flash.program(connection, [(base, data)], lambda done: None)
                found.append(bool(erased))
                assert connection.read_bytes(base, len(data)) == data
    # The first image may be there from the last time.
    assert found[1:] == [False, True, False]


def test_a_network_is_measured_at_two_clocks(station: Rig) -> None:
    slow, fast = station.measured(*station.clocks, inferences=20)
    for record in (slow, fast):
        assert record.valid, record.warnings
        assert record.output.ok
        assert record.lost == 0
        assert record.cycles.n >= 20
        assert record.clock_measured_hz == pytest.approx(record.clock_hz, rel=0.02)
    assert fast.latency_ms.median < slow.latency_ms.median


def test_a_core_clock_that_is_not_what_it_should_be_is_found_out(
    station: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, fast = station.clocks
    words = solve(station.board, slow).words
    monkeypatch.setattr(
        station_runner, "solve", lambda board, hz: replace(solve(board, hz), words=words)
    )
    error = station.refused(fast)
    assert isinstance(error, MeasurementError)
    assert error.message.startswith("The core runs at ")


def test_an_image_that_is_not_the_one_built_is_found_out(
    station: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = Target.of
    monkeypatch.setattr(
        station_runner.Target, "of", lambda *given: replace(of(*given), build_id=bytes(16))
    )
    error = station.refused()
    assert isinstance(error, MeasurementError)
    assert "runs another image" in error.message


def test_a_run_is_stopped_and_the_next_one_is_whole(station: Rig) -> None:
    def stop(event: Event) -> None:
        if isinstance(event, Samples) and not event.warmup:
            station.cancelled.set()

    [end] = station.session(watch=stop, inferences=FOREVER)
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, Interrupted)
    [stored] = station.store.recent()
    assert stored.state is RunState.INTERRUPTED
    assert stored.samples > 0
    [record] = station.measured(inferences=20)
    assert record.valid


def test_a_hard_fault_is_told_and_the_board_goes_on_working(
    station: Rig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel with an undefined instruction; the next image is a good one again."""
    copy = projects_with(UNDEFINED_INSTRUCTION, tmp_path / "projects")
    with monkeypatch.context() as broken:
        broken.setattr("tinylab.build.project.paths.platformio_projects", lambda: copy)
        error = station.refused()
    assert isinstance(error, MeasurementError)
    assert "A HardFault occurred in tl_dense_f32 at tl_dense_f32.c:" in error.message
    assert "UNDEFINSTR" in error.details
    [record] = station.measured(inferences=20)
    assert record.valid


def test_a_reset_starts_the_firmware_over(station: Rig) -> None:
    station.measured(inferences=20)
    with station.connect() as connection:
        connection.reset_and_halt()
        assert connection.core_state() is CoreState.HALTED
        [entry] = connection.read_words(station.board.flash.base + 4, 1)
        assert connection.read_core_register("pc") == entry & ~1
        connection.resume()
        time.sleep(0.05)
        assert connection.core_state() in (CoreState.RUNNING, CoreState.SLEEPING)


def test_a_probe_that_is_in_use_is_told(station: Rig) -> None:
    with station.connect() as first:
        with pytest.raises(StationError, match="in use"), station.connect():
            pass
        first.identify()


def test_a_board_that_is_pulled_out_ends_the_run_with_its_samples_kept(station: Rig) -> None:
    device = station.only_on_a_virtual_bus("Pulling the cable")
    bus = station.bus

    def pull(event: Event) -> None:
        if isinstance(event, Samples) and not event.warmup and bus.devices:
            bus.unplug(device)

    [end] = station.session(watch=pull, inferences=FOREVER)
    assert isinstance(end, RunFailed)
    assert isinstance(end.error, LinkError)
    assert "was unplugged" in end.error.message
    [stored] = station.store.recent()
    assert stored.samples > 0
    bus.plug(device)
    [record] = station.measured(inferences=20)
    assert record.valid
