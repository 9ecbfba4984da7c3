"""How a run was made and measured, as text, so that two of them can be laid side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tinylab.results.record import RunRecord
from tinylab.units import megahertz


def provenance(row: RunRecord) -> Mapping[str, str]:
    """What may change the figures, by name; what is not known is left out."""
    identity = row.identity
    known = {
        "board": f"sim:{row.board}" if row.simulated else row.board,
        "probe": row.serial,
        "core clock": megahertz(row.clock_hz),
        "bus clock": megahertz(row.bus_hz),
        "wait states": str(row.wait_states),
        "caches": row.caches,
        "FPU": row.fpu,
        "runtime": " ".join(filter(None, (row.runtime, identity.runtime_version))),
        "compiler": row.toolchain,
        "flags": row.flags,
        "optimize": identity.optimize,
        "placement": identity.placement,
        "compression": identity.compression,
        "type": identity.number_type,
        "inputs": row.inputs,
        "link": row.link,
    }
    return {name: value for name, value in known.items() if value}


def origin(row: RunRecord) -> Mapping[str, str]:
    """What made and measured it besides: hashes, programs, computer. Most of it changes no figure,
    so baselines do not hold it."""
    made = row.origin
    known = {
        "model SHA-256": _short(row.identity.model_sha256),
        "image SHA-256": _short(row.elf_sha256),
        "samples": f"{row.data.file} {_short(row.data.sha256)}" if row.data else None,
    }
    if made is not None:
        known |= {
            "generated code": _short(made.generated_sha256),
            "tinylab": made.tinylab,
            "pyOCD": made.pyocd,
            "Python": made.python,
            "computer": made.computer,
            "probe firmware": made.probe_firmware,
        }
    return {name: value for name, value in known.items() if value}


def _short(sha256: str | None) -> str | None:
    """Enough to tell two apart."""
    return sha256[:16] if sha256 else None


@dataclass(frozen=True)
class Difference:
    """One thing that was not the same; None where it is not known."""

    name: str
    before: str | None
    now: str | None

    def __str__(self) -> str:
        """`compiler: 12.2.1 -> 14.2.0`."""
        return f"{self.name}: {self.before or 'not known'} -> {self.now or 'not known'}"


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[Difference, ...]:
    """What differs, in the order of `provenance`."""
    names = dict.fromkeys((*before, *now))
    return tuple(
        Difference(name, before.get(name), now.get(name))
        for name in names
        if before.get(name) != now.get(name)
    )
