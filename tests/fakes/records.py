"""A fixed session: the default plan, with one run that is invalid and one that failed."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from tinylab.results.cause_record import CycleCauses
from tinylab.results.error_record import ErrorRecord
from tinylab.results.identity import Identified, RunIdentity
from tinylab.results.layer_profile import LayerCycles, LayerProfile
from tinylab.results.memory_record import MemoryUse
from tinylab.results.published import published
from tinylab.results.record import Failure, RunDocument, RunRecord
from tinylab.results.record_parts import Accuracy, Origin, OutputCheck, Stages
from tinylab.stats.cycles import summarize

STARTED = "2025-01-02T03:04:05+00:00"
TITLES = {
    "house_price": "predict house price",
    "human_activity": "human activity recognition",
    "image_classification": "image classification",
}
MACC = {"house_price": 6_771, "human_activity": 24_120, "image_classification": 2_323_968}
PARAMETERS = {"house_price": 6_534, "human_activity": 12_075, "image_classification": 412_778}
COLUMNS = (
    ("nucleo_wb55rg", "cortex-m4", 48_000_000, 2, 48_000_000, 3.0, 5.1),
    ("nucleo_wb55rg", "cortex-m4", 64_000_000, 3, 64_000_000, 3.0, 5.3),
    ("nucleo_h723zg", "cortex-m7", 180_000_000, 1, 90_000_000, 5.0, 2.5),
    ("nucleo_h723zg", "cortex-m7", 550_000_000, 3, 275_000_000, 5.0, 2.5),
)


Kind = TypeVar("Kind", bound=Identified)
IDENTITY = {field.name for field in fields(RunIdentity)}


def changed(made: Kind, **changes: Any) -> Kind:
    """The same record or failure with other values; those of its identity by their field names."""
    of_identity = {name: changes.pop(name) for name in IDENTITY & changes.keys()}
    of_error = {name: changes.pop(name) for name in changes.keys() & {"exit_code"}}
    if of_error:
        changes["error"] = replace(made.error, **of_error)  # type: ignore[attr-defined]
    identity = replace(made.identity, **of_identity)
    return replace(made, identity=identity, **changes)  # type: ignore[type-var]


def record(model: str = "house_price", column: int = 0, **changes: object) -> RunRecord:
    """The fixed record of a model in a column of the default plan."""
    board, core, clock, waits, bus, error, per_macc = COLUMNS[column]
    first = round(MACC[model] * per_macc)
    cycles = np.array([first, first, first, first + 1, first, first + 40], dtype=np.uint64)
    made = RunRecord(
        identity=RunIdentity(
            model=model,
            title=TITLES[model],
            board=board,
            core=core,
            serial=None,
            simulated=True,
            clock_hz=clock,
            runtime_version="0.1.0",
            expected_error_percent=error,
            parameters=PARAMETERS[model],
            macc=MACC[model],
            compression="x8" if model == "image_classification" else "none",
            model_sha256="ab" * 32,
            number_type="float32",
        ),
        clock_measured_hz=float(clock),
        wait_states=waits,
        bus_hz=bus,
        caches="ART I-cache, D-cache, prefetch" if core == "cortex-m4" else "I-cache, D-cache",
        fpu="fpv4-sp-d16" if core == "cortex-m4" else "fpv5-d16",
        warmup=10,
        lost=0,
        cycles=summarize(cycles),
        first_cycles=first + 1_000,
        flash_bytes=4 * PARAMETERS[model] + 8_000,
        ram_bytes=3_000,
        stack_bytes=512,
        output=OutputCheck(max_abs_error=1.2e-7, tolerance=1e-4, ok=True),
        elf_sha256="cd" * 32,
        build_id="0123456789abcdef",
        toolchain="arm-none-eabi-gcc 12.2.1",
        flags=f"-O3 -mcpu={core}",
        published=published(model, board, core, clock),
        valid=True,
        warnings=(),
        stages=Stages(generate_s=0.1, build_s=1.2, flash_s=0.6, measure_s=2.5, load_s=0.4),
        started=STARTED,
    )
    return changed(made, **changes)


def layer(name: str, cycles: int, macc: int | None = None, **waits: int) -> LayerCycles:
    """A layer with these waits; the other cycles are issue."""
    causes = CycleCauses(issue=cycles - sum(waits.values()), **waits)
    return LayerCycles(name, "tl_dense_f32", macc, causes)


def profile() -> LayerProfile:
    """Of `house_price` in the first column."""
    first = layer("dense, dense_nl", 20_000, 4_000, data_memory=6_000, fetch=40)
    first = replace(first, weights_bytes=16_064, activations_bytes=332)
    said = "18 % of the inference waits for data from memory: --place weights=sram1"
    places = {"weights_in": "flash", "activations_in": "sram1", "advice": said}
    return LayerProfile((first, layer("dense_1", 13_000, 2_771, branch=1_000)), 531, **places)


def memory() -> tuple[MemoryUse, ...]:
    """Of `house_price` in the first column."""
    return (
        MemoryUse("flash", 1_048_576, code=7_000, weights=26_136, constants=1_000),
        MemoryUse("sram1", 196_608, activations=304, io=80, stack=512, rest=2_616),
    )


ORIGIN = Origin("0.2.0", "0.46.0", "3.11.7", "Linux 6.1.0 x86_64", "V3J7M3", "ef" * 32)


def failure() -> Failure:
    return Failure(
        identity=RunIdentity(
            model="image_classification",
            title=TITLES["image_classification"],
            board="nucleo_h723zg",
            core="cortex-m7",
            serial=None,
            simulated=True,
            clock_hz=550_000_000,
        ),
        error=ErrorRecord(
            exit_code=5,
            message="The board stopped answering.",
            remedy="Unplug it and plug it in again.",
            kind="link",
            fields={"probe": None},
        ),
    )


def session() -> RunDocument:
    """Eleven records, one of them invalid, and one failure."""
    rows = [record(model, column) for column in range(4) for model in MACC]
    rows[0] = replace(rows[0], profile=profile(), memory=memory(), origin=ORIGIN)
    rows[4] = replace(
        rows[4],
        valid=False,
        warnings=("The outputs are wrong: off by 0.5, tolerated 0.0001.",),
        output=OutputCheck(max_abs_error=0.5, tolerance=1e-4, ok=False),
    )
    known = Accuracy("accuracy", "held-out", 10_000, host=0.9294, float_reference=0.9291)
    rows = [
        replace(row, accuracy=known if row.model == "image_classification" else None)
        for row in rows
    ]
    return RunDocument(
        tinylab="0.1.0", started=STARTED, rows=tuple(rows[:-1]), failures=(failure(),)
    )
