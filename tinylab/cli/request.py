"""From the command line's words to a plan."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tinylab.bench.plan import (
    Options,
    Plan,
    StationRequest,
    make_plan,
    parse_station,
)
from tinylab.bench.subjects import parse_runtimes

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo


def plan_of(arguments: argparse.Namespace) -> Plan:
    """The plan that was asked for. Raises InputError and its kin, StationError."""
    options = Options(
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=tuple(arguments.cubeai_dir),
        compression=arguments.compression,
        inferences=arguments.inferences,
        min_time_s=arguments.min_time_s,
        warmup=arguments.warmup,
        fail_fast=arguments.fail_fast,
        optimization=arguments.optimization,
        st_tool=arguments.st_tool,
    )
    named = [parse_station(text) for text in arguments.on]
    # Asking the bus takes a moment: mistakes in the arguments are told before it.
    plan = make_plan(arguments.model, named, options)
    attached = () if named else attached_stations()
    return make_plan(arguments.model, attached, options) if attached else plan


def attached_stations() -> tuple[StationRequest, ...]:
    """Every real board that is plugged in and known; why others are left out goes to stderr."""
    from tinylab.probe.discovery import list_probes
    from tinylab.probe.stlink import attached, libusb

    backend = libusb()
    if backend is None or not attached(backend):
        return ()
    return usable(list_probes(backend))


def usable(probes: Iterable[ProbeInfo]) -> tuple[StationRequest, ...]:
    """The stations behind these probes; a line on stderr for each that cannot be one."""
    stations = []
    for probe in probes:
        if probe.problem is None and probe.board_name is not None:
            stations.append(StationRequest(probe.board_name, serial=probe.unique_id))
            continue
        why = probe.problem or f"its board {probe.board_id} is not in the catalogue."
        line = f"tinylab: leaving out the probe {probe.unique_id}: {why} {probe.remedy or ''}"
        print(line.rstrip(), file=sys.stderr)
    return tuple(stations)
