"""The virtual boards as a listing of probes shows them, without building one.

A virtual part needs its core's cycle model, which takes seconds to compile. All that a listing
reads from a fresh one is in its board's record.
"""

from __future__ import annotations

from tinylab.boards import catalog
from tinylab.boards.board import Board
from tinylab.probe import diagnosis, probe_firmware
from tinylab.probe.chip import Chip, ReadProtection
from tinylab.probe.discovery import ProbeInfo
from tinylab.probe.stlink import GENERATIONS, VARIANTS, Location
from tinylab.sim.virtual_probe.stlink_kinds import SUPPLY_VOLTS, serial_number, soldered_to
from tinylab.sim.virtual_probe.usb_device import VIRTUAL_BUS_NUMBER


def listed(board: Board, port: int) -> ProbeInfo:
    """What `list_probes` reports for the virtual `board` on port 1, 2 ... of a virtual bus."""
    kind = soldered_to(board.probe.generation)
    where = Location(VIRTUAL_BUS_NUMBER, (port,), port, kind.product_id)
    firmware = kind.version(board.probe.jtag_version)
    identity = board.identity
    serial = serial_number(board)
    chip = Chip(identity.device_id, identity.cpuid, ReadProtection.NONE)
    known = catalog.by_board_id(identity.board_id) if identity.board_id else None
    found = diagnosis.board_problem(
        diagnosis.Facts(serial, firmware, identity.board_id or None, known, SUPPLY_VOLTS, chip)
    )
    return ProbeInfo(
        unique_id=serial,
        product=kind.product,
        generation=GENERATIONS[kind.product_id],
        firmware=firmware,
        board_id=identity.board_id or None,
        board_name=known.name if known else None,
        simulated=True,
        serial_port=None,
        problem=found.problem,
        remedy=found.remedy,
        remark=found.remark,
        trouble=found.trouble,
        location=str(where),
        place=where.key,
        variant=VARIANTS.get(kind.product_id),
        firmware_age=probe_firmware.age(firmware),
        target_volts=SUPPLY_VOLTS,
        chip=chip,
    )
