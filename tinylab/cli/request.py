"""From the command line's words to a plan."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinylab.bench.plan.plan import Options, Plan, StationRequest, make_plan, parse_station
from tinylab.bench.plan.workloads import parse_runtimes
from tinylab.options.option import filled

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo


def plan_of(arguments: argparse.Namespace) -> Plan:
    """The plan that was asked for. Raises InputError and its kin, StationError."""
    options = filled(
        Options,
        vars(arguments),
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=arguments.cubeai_dir,
    )
    named = [parse_station(text) for text in arguments.on]
    # Asking the bus takes a moment: mistakes in the arguments are told before it.
    plan = make_plan(arguments.model, named, options)
    attached = () if named else attached_stations(wait=options.wait_s > 0)
    return make_plan(arguments.model, attached, options) if attached else plan


def attached_stations(*, wait: bool = False) -> tuple[StationRequest, ...]:
    """Every real board that is plugged in and known; why others are left out goes to stderr.

    Those that another tinylab has are among them if they are waited for. Raises StationError if
    it has all.
    """
    from tinylab.probe.discovery import list_probes
    from tinylab.probe.stlink import attached, libusb

    backend = libusb()
    if backend is None or not attached(backend):
        return ()
    return usable(list_probes(backend), wait=wait)


def usable(probes: Sequence[ProbeInfo], *, wait: bool = False) -> tuple[StationRequest, ...]:
    """The stations behind these probes; a line on stderr for each that cannot be one."""
    stations = []
    for probe in probes:
        free = probe.problem is None or (wait and probe.holder is not None)
        if free and probe.board_name is not None:
            stations.append(StationRequest(probe.board_name, serial=probe.unique_id))
            continue
        why = probe.problem or probe.remark or "its board is not in the catalogue."
        line = f"tinylab: ignoring probe {probe.unique_id}: {why} {probe.remedy or ''}"
        print(line.rstrip(), file=sys.stderr)
    taken = [probe for probe in probes if probe.holder is not None]
    if taken and not stations:
        # Figures of virtual boards are not what somebody with a board wants instead.
        from tinylab.probe.discovery import unusable

        raise unusable(taken[0], taken[0].problem or "")
    return tuple(stations)
