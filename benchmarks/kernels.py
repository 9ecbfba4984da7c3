"""Measures the kernels: cycles of each layer of whole networks on virtual boards.

    .venv/bin/python benchmarks/kernels.py [FOLDER] [--only TEXT] [--optimize GOAL] [--layers]
                                           [--write]

The networks are those of the catalogue, and of MLPerf Tiny if FOLDER contains the files of its
reference models (github.com/mlcommons/tiny: ad01_int8.tflite, pretrainedResnet_quant.tflite ...).
They are compared with X-CUBE-AI 6.0.0 on silicon (the study), and with the fewest cycles that
anyone has published on silicon. `--layers` prints each layer. `--write` writes the totals to
docs/kernels.md and its picture, and the cycles per MACC of each kernel, in the largest layer that
it executed, to `tinylab/codegen/layers/fast/speeds.toml`. Fails nothing.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tinylab.boards import catalog
from tinylab.boards.board import Core
from tinylab.codegen.layers.fast import speeds
from tinylab.codegen.layers.fast.speeds import Speed

PAGE = Path(__file__).parents[1] / "docs" / "kernels.md"
BEGIN, END = "<!-- totals: benchmarks/kernels.py --write -->", "<!-- end of totals -->"


class Case(NamedTuple):
    """A network on a board, and what to compare it with, of silicon; 0 where there is nothing.

    `model` is a name of the catalogue or a file of MLPerf Tiny; `st` and `record` are cycles. ST's
    RAM and flash are those of the network alone (activations, weights) for the catalogue's, else
    of a firmware: ST's published images and, of RAM, the totals of ST's model zoo.
    """

    model: str
    station: str
    st: int = 0
    record: int = 0
    who: str = ""
    st_ram: int = 0
    st_flash: int = 0


WB55, H723 = "nucleo_wb55rg@64", "nucleo_h723zg@550"
L4R5, H7A3, U575 = "nucleo_l4r5zi@120", "nucleo_h7a3zi_q@280", "nucleo_u575zi_q@160"
CASES = (
    Case("house_price", WB55, st=69_120, st_ram=304, st_flash=26_136),
    Case("human_activity", WB55, st=332_800, st_ram=1_664, st_flash=48_300),
    Case("image_classification", WB55, st=27_072_000, st_ram=64_512, st_flash=246_248),
    Case("house_price", H723, st=33_000, st_ram=304, st_flash=26_136),
    Case("human_activity", H723, st=187_000, st_ram=1_664, st_flash=48_300),
    Case("image_classification", H723, st=14_850_000, st_ram=64_512, st_flash=246_248),
    *(
        Case(f"{name}:int8", board)
        for board in (WB55, H723)
        for name in ("house_price", "human_activity", "image_classification")
    ),
    Case("ad01_int8.tflite", L4R5, 631_294, 486_200, "Plumerai", 0, 308_094),
    Case("pretrainedResnet_quant.tflite", L4R5, 19_814_552, 19_814_552, "ST 9.0", 71_393, 198_218),
    Case("kws_ref_model.tflite", L4R5, 5_182_388, 5_182_388, "ST 9.0", 0, 87_845),
    Case("vww_96_int8.tflite", L4R5, 10_671_226, 10_671_226, "ST 9.0", 85_289, 115_633),
    Case("ad01_int8.tflite", H7A3, 343_135, 303_302, "Bosch HALE", 0, 318_132),
    Case("pretrainedResnet_quant.tflite", H7A3, 11_436_444, 11_436_444, "ST 9.0", 71_393, 246_972),
    Case("kws_ref_model.tflite", H7A3, 3_169_009, 3_169_009, "ST 9.0", 0, 97_936),
    Case("vww_96_int8.tflite", H7A3, 6_665_193, 6_665_193, "ST 9.0", 85_289, 133_040),
    Case("ad01_int8.tflite", U575, 513_513, 494_549, "Bosch HALE", 0, 327_260),
    Case("pretrainedResnet_quant.tflite", U575, 0, 16_685_867, "Plumerai", 71_393, 183_348),
    Case("kws_ref_model.tflite", U575, 0, 4_636_951, "ST 10.2, U385", 0, 107_708),
    Case("vww_96_int8.tflite", U575, 0, 9_479_113, "ST 10.2, U385", 85_289, 143_036),
    Case("ad01_fp32.tflite", L4R5),
    Case("pretrainedResnet.tflite", L4R5),
    Case("vww_96_float.tflite", L4R5),
    Case("ad01_fp32.tflite", H7A3, 0, 1_464_372, "Bosch HALE"),
    Case("pretrainedResnet.tflite", H7A3, 0, 34_782_040, "Bosch HALE"),
    Case("vww_96_float.tflite", H7A3, 0, 22_796_733, "Bosch HALE"),
)
"""ST's: X-CUBE-AI 6.0.0 for the study's networks, 9.0 or 10.2 for those of MLPerf Tiny."""


class Layer(NamedTuple):
    """One call of a kernel."""

    name: str
    function: str
    macc: int
    cycles: int

    @property
    def per_macc(self) -> float:
        return self.cycles / self.macc if self.macc else 0.0


class Measured(NamedTuple):
    """What one run took; `core` is that of the board."""

    case: Case
    core: Core
    cycles: float
    macc: int
    ram: int
    flash: int
    activations: int
    weights: int
    layers: tuple[Layer, ...]

    @property
    def row(self) -> tuple[str, ...]:
        case = self.case
        return (
            case.model.removesuffix(".tflite"),
            f"{self.core.short} {case.station}",
            f"{self.cycles:,.0f}",
            f"{self.cycles / self.macc:.2f}",
            f"{self.cycles / case.st:.2f}" if case.st else "",
            f"{self.cycles / case.record:.2f} {case.who}" if case.record else "",
            f"{self.ram:,}",
            *self._beside(self.ram, self.activations, case.st_ram),
            f"{self.flash:,}",
            *self._beside(self.flash, self.weights, case.st_flash),
        )

    def _beside(self, firmware: int, alone: int, st: int) -> Iterator[str]:
        """Bytes relative to ST's."""
        ours = firmware if self.case.model.endswith(".tflite") else alone
        yield f"{ours / st:.2f}" if st else ""


HEADS = (
    *("network", "board", "cycles", "c/MACC", "/ ST's", "/ record"),
    *("RAM", "RAM / ST's", "flash", "flash / ST's"),
)


def measure(case: Case, folder: Path | None, goal: str) -> Measured | str:
    """One inference on the virtual board; the reason if it cannot be measured."""
    model = case.model
    if model.endswith(".tflite"):
        if folder is None or not (folder / model).exists():
            return "its file is not in FOLDER"
        model = str(folder / model)
    with tempfile.TemporaryDirectory() as work:
        made = Path(work) / "run.json"
        words = ("run", "--model", model, "--on", f"sim:{case.station}", "--optimize", goal)
        done = subprocess.run(
            [sys.executable, "-m", "tinylab", *words, "--inferences", "2", "-o", str(made)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            return done.stderr.strip().splitlines()[-2] if done.stderr else "no reason given"
        [row] = json.loads(made.read_text())["rows"]
    profile = row["profile"] or {"layers": []}
    layers = tuple(
        Layer(one["name"], one["function"], one["macc"] or 0, one["cycles"])
        for one in profile["layers"]
    )
    board = catalog.by_name(row["board"])
    cycles = row["cycles"]["median"]
    sizes = (row[f"{name}_bytes"] for name in ("ram", "flash", "activations", "weights"))
    return Measured(case, board.core, cycles, row["macc"], *sizes, layers)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of Markdown."""
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def write_speeds(found: Sequence[Measured]) -> None:
    """Replace the measured cycles per MACC; floors are written by hand and stay."""
    largest: dict[tuple[str, Core], Layer] = {}
    for one in found:
        for layer in one.layers:
            key = layer.function, one.core
            if layer.macc > max(0, largest[key].macc if key in largest else 0):
                largest[key] = layer
    known = {name: dict(by_core) for name, by_core in speeds.every().items()}
    for (function, core), layer in sorted(largest.items()):
        before = known.setdefault(function, {}).get(core, Speed(0.0))
        per_macc = round(layer.per_macc, 2)
        known[function][core] = Speed(per_macc, before.floor, before.bound)
    head = speeds.FILE.read_text().splitlines()[0]
    lines = [f"{head}\n"]
    for function, by_core in sorted(known.items()):
        lines.append(f"[{function}]")
        lines += [f"{core.value} = {_inline(speed)}" for core, speed in sorted(by_core.items())]
        lines.append("")
    speeds.FILE.write_text("\n".join(lines))


def _inline(speed: Speed) -> str:
    """An inline table of TOML."""
    fields = [f"cycles_per_macc = {speed.cycles_per_macc}"]
    if speed.floor is not None:
        fields += [f"floor = {speed.floor}", f"bound = {json.dumps(speed.bound)}"]
    return f"{{ {', '.join(fields)} }}"


def write_page(rows: Sequence[Sequence[str]]) -> None:
    """Replace the totals in docs/kernels.md."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = "\n".join(table(HEADS, rows))
    PAGE.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}", encoding="utf-8")
    draw = [sys.executable, "-m", "scripts.plot_kernels"]
    subprocess.run(draw, cwd=PAGE.parents[1], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="MLPerf Tiny's reference models")
    parser.add_argument("--only", default="", help="cases whose model or board has this text")
    parser.add_argument("--optimize", default="balanced", choices=("ram", "balanced", "speed"))
    parser.add_argument("--layers", action="store_true")
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    found: list[Measured] = []
    print("\n".join(table(HEADS, [])))
    for case in CASES:
        if arguments.only not in f"{case.model} {case.station}":
            continue
        measured = measure(case, arguments.folder, arguments.optimize)
        if isinstance(measured, str):
            print(f"{case.model} on {case.station}: {measured}", file=sys.stderr)
            continue
        found.append(measured)
        print(f"| {' | '.join(measured.row)} |", flush=True)
        if arguments.layers:
            for layer in measured.layers:
                cycles = f"{layer.cycles:,} cycles, {layer.per_macc:.2f} c/MACC"
                print(f"    {layer.name}: {layer.function}, {cycles}")
    if arguments.write:
        write_speeds(found)
        write_page([one.row for one in found])


if __name__ == "__main__":
    main()
