"""Makes a plan from the command line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tinylab.bench.plan.plan import Options, Plan, StationRequest, make_plan, parse_station
from tinylab.bench.plan.workloads import parse_runtimes
from tinylab.display_text import one_line
from tinylab.options.option import filled
from tinylab.zoo.samples import files as sample_files

if TYPE_CHECKING:
    from tinylab.probe.discovery import ProbeInfo


def plan_of(arguments: argparse.Namespace, without_board: str | None = None) -> Plan:
    """The requested plan; on `without_board` if no board is named or attached.

    Raises InputError or a subclass, StationError.
    """
    options = options_of(arguments)
    named = [parse_station(text) for text in arguments.on]
    # Listing probes takes time, so errors in the arguments are reported first.
    plan = make_plan(arguments.model, named, options)
    _check_data(plan)
    attached = () if named else attached_stations(wait=options.wait_s > 0)
    if not named and not attached and without_board is not None:
        attached = (parse_station(without_board),)
    return make_plan(arguments.model, attached, options) if attached else plan


def options_of(arguments: argparse.Namespace) -> Options:
    """How to measure. Raises InputError."""
    return filled(
        Options,
        vars(arguments),
        runtimes=parse_runtimes(arguments.runtime, arguments.cubeai_dir),
        cubeai_dirs=arguments.cubeai_dir,
        data=sample_files.read(arguments.data) if arguments.data is not None else None,
    )


def _check_data(plan: Plan) -> None:
    if plan.options.data is not None:
        from tinylab.bench.prepare.given_samples import check

        check(plan)


def attached_stations(*, wait: bool = False) -> tuple[StationRequest, ...]:
    """Every supported real board that is plugged in; the reasons for ignoring others go to stderr.

    Boards in use by another tinylab process are included with --wait. Raises StationError if all
    are in use.
    """
    from tinylab.probe.discovery import list_probes
    from tinylab.probe.stlink import attached, libusb

    backend = libusb()
    if backend is None or not attached(backend):
        return ()
    return usable(list_probes(backend), wait=wait)


def usable(probes: Sequence[ProbeInfo], *, wait: bool = False) -> tuple[StationRequest, ...]:
    """The stations behind these probes; a line on stderr for each probe that cannot be used."""
    stations = []
    for probe in probes:
        free = probe.problem is None or (wait and probe.holder is not None)
        if free and probe.board_name is not None:
            stations.append(StationRequest(probe.board_name, serial=probe.unique_id))
            continue
        why = probe.problem or probe.remark or "its board is not in the catalogue."
        line = f"tinylab: ignoring probe {probe.unique_id}: {why} {probe.remedy or ''}"
        print(one_line(line.rstrip()), file=sys.stderr)
    taken = [probe for probe in probes if probe.holder is not None]
    if taken and not stations:
        # Virtual boards do not replace a real board that cannot be used.
        from tinylab.probe.discovery import unusable

        raise unusable(taken[0], taken[0].problem or "")
    return tuple(stations)
