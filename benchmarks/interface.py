"""How soon the interface is there, and what it costs while samples pour in.

    .venv/bin/python benchmarks/interface.py

Starts it on pseudo-terminals with a home folder of its own, and prints each figure with its
budget. The load is 20,000 samples a second; see `live_load.py`. Exit status 1 if a budget is
missed. Linux and macOS; CPU times of single threads are Linux's.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pseudo_terminal import PseudoTerminal

STARTS = 7
LOAD_S = 12.0
SIZES = ((120, 40), (200, 60))
HEAVY = ("tensorflow", "pyocd", "numba", "numpy")
"""Imports that take long; none of them before something stands on the screen."""
FIRST_PAINT = """
import sys
from pathlib import Path
from tinylab.cli.main import main
from tinylab.screens.bench import BenchScreen

def painted(self):
    found = [name for name in sys.argv[2:] if name in sys.modules]
    Path(sys.argv[1]).write_text(" ".join(found) or "none")
    self.app.exit()

BenchScreen._begin = painted  # called after the first paint, before anything else
main([])
"""


class Verdicts:
    """Prints figures with their budgets, and remembers whether one was missed."""

    missed = False

    def tell(self, what: str, figure: str, budget: str = "", kept: bool = True) -> None:
        verdict = f"budget {budget}: {'ok' if kept else 'MISSED'}" if budget else ""
        print(f"  {what:<26}{figure:<40}{verdict}".rstrip(), flush=True)
        self.missed = self.missed or not kept


def first_paint(environment: Mapping[str, str], verdicts: Verdicts) -> None:
    """Starts after the very first, which compiles Python's files."""
    seconds = [start(environment) for _ in range(1 + STARTS)][1:]
    middle = statistics.median(seconds)
    spread = f"{middle:.2f} s ({min(seconds):.2f} to {max(seconds):.2f} s, {STARTS} starts)"
    verdicts.tell("first paint", spread, "0.5 s", middle <= 0.5)
    report = Path(environment["HOME"], "modules")
    command = [sys.executable, "-c", FIRST_PAINT, str(report), *HEAVY]
    PseudoTerminal(command, (120, 40), environment).finish()
    found = report.read_text()
    verdicts.tell("heavy imports before it", found, "none", found == "none")


def start(environment: Mapping[str, str]) -> float:
    """Seconds from starting Python until the panes stand on the terminal."""
    command = [sys.executable, "-m", "tinylab"]
    terminal = PseudoTerminal(command, (120, 40), environment, awaited=b"Stations")
    terminal.wait()
    terminal.press("q")
    status = terminal.finish()
    if status or terminal.appeared is None:
        raise SystemExit(f"tinylab ended with {status}:\n{terminal.text.decode()}")
    return terminal.appeared - terminal.started


def live_load(size: tuple[int, int], environment: Mapping[str, str], verdicts: Verdicts) -> None:
    report = Path(environment["HOME"], "load.json")
    report.unlink(missing_ok=True)
    program = str(Path(__file__).with_name("live_load.py"))
    terminal = PseudoTerminal(
        [sys.executable, program, str(report), f"{LOAD_S}"], size, environment
    )
    if terminal.finish() or not report.exists():
        raise SystemExit(f"the interface broke down:\n{terminal.text.decode()}")
    seen = json.loads(report.read_text())
    seconds = seen["end"] - seen["begin"]
    written = terminal.bytes_between(seen["begin"], seen["end"]) / seconds
    whole = seen["stored"] == seen["sent"] and not seen["altered"] and not seen["lost"]
    verdicts.tell("samples", f"{seen['sent']:,} in {seconds:.1f} s")
    verdicts.tell("stored as they were sent", f"{seen['stored']:,}", "all", whole)
    verdicts.tell("lost", f"{seen['lost']:,}", "0", not seen["lost"])
    ring, redraws, screen = seen["ring_percent"], seen["redraws"], seen["screen_percent"]
    verdicts.tell("ring full at most", f"{ring:.0f} %", "100 %", ring <= 100)
    # One more than the intervals between them fits into any stretch of time.
    verdicts.tell("redraws", f"{redraws / seconds:.1f} /s", "8 /s", redraws <= 8 * seconds + 1)
    verdicts.tell("screen's thread", f"{screen:.0f} % of a core", "30 %", screen < 30)
    verdicts.tell("reading thread", f"{seen['reader_percent']:.0f} % of a core")
    verdicts.tell("all threads", f"{seen['process_percent']:.0f} % of a core")
    verdicts.tell("written to the terminal", f"{written / 1e3:.0f} kB/s")
    peak = seen["peak_mb"]
    verdicts.tell("memory at most", f"{peak:.0f} MB", "400 MB", peak < 400)


def main() -> int:
    verdicts = Verdicts()
    with tempfile.TemporaryDirectory() as home:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("TINYLAB_")}
        folders = {f"TINYLAB_{name}_DIR": f"{home}/{name}" for name in ("CACHE", "DATA", "CONFIG")}
        environment = {**kept, **folders, "HOME": home}
        print("Start, 120x40")
        first_paint(environment, verdicts)
        for size in SIZES:
            print(f"20,000 samples/s, {size[0]}x{size[1]}")
            live_load(size, environment, verdicts)
    return int(verdicts.missed)


if __name__ == "__main__":
    sys.exit(main())
