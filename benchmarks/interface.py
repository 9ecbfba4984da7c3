"""Measures the start-up time of the interface, and its CPU and memory use under load.

    .venv/bin/python benchmarks/interface.py

Starts it on pseudo-terminals with a temporary home folder, and prints each figure with its
budget. The load is 20,000 samples per second; see `live_load.py`. The exit status is 1 if a budget
is exceeded. Runs on Linux and macOS; CPU times of single threads are available on Linux only.
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
"""Slow imports; none of them may happen before the first paint."""
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
    """Prints figures with their budgets, and records whether one was exceeded."""

    missed = False

    def show(self, what: str, figure: str, budget: str = "", kept: bool = True) -> None:
        verdict = f"budget {budget}: {'ok' if kept else 'MISSED'}" if budget else ""
        print(f"  {what:<26}{figure:<40}{verdict}".rstrip(), flush=True)
        self.missed = self.missed or not kept


def first_paint(environment: Mapping[str, str], verdicts: Verdicts) -> None:
    """Times several starts, without the first one, which compiles Python's files."""
    seconds = [start(environment) for _ in range(1 + STARTS)][1:]
    middle = statistics.median(seconds)
    spread = f"{middle:.2f} s ({min(seconds):.2f} to {max(seconds):.2f} s, {STARTS} starts)"
    verdicts.show("first paint", spread, "0.5 s", middle <= 0.5)
    report = Path(environment["HOME"], "modules")
    command = [sys.executable, "-c", FIRST_PAINT, str(report), *HEAVY]
    PseudoTerminal(command, (120, 40), environment).finish()
    found = report.read_text()
    verdicts.show("heavy imports before it", found, "none", found == "none")


def start(environment: Mapping[str, str]) -> float:
    """Seconds from starting Python until the panes appear on the terminal."""
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
        raise SystemExit(f"the interface failed:\n{terminal.text.decode()}")
    seen = json.loads(report.read_text())
    seconds = seen["end"] - seen["begin"]
    written = terminal.bytes_between(seen["begin"], seen["end"]) / seconds
    whole = seen["stored"] == seen["sent"] and not seen["altered"] and not seen["lost"]
    verdicts.show("samples", f"{seen['sent']:,} in {seconds:.1f} s")
    verdicts.show("stored as they were sent", f"{seen['stored']:,}", "all", whole)
    verdicts.show("lost", f"{seen['lost']:,}", "0", not seen["lost"])
    ring, redraws, screen = seen["ring_percent"], seen["redraws"], seen["screen_percent"]
    verdicts.show("ring full at most", f"{ring:.0f} %", "100 %", ring <= 100)
    # A period contains at most one redraw more than it contains intervals.
    verdicts.show("redraws", f"{redraws / seconds:.1f} /s", "8 /s", redraws <= 8 * seconds + 1)
    verdicts.show("screen's thread", f"{screen:.0f} % of a core", "30 %", screen < 30)
    verdicts.show("reading thread", f"{seen['reader_percent']:.0f} % of a core")
    verdicts.show("all threads", f"{seen['process_percent']:.0f} % of a core")
    verdicts.show("written to the terminal", f"{written / 1e3:.0f} kB/s")
    peak = seen["peak_mb"]
    verdicts.show("memory at most", f"{peak:.0f} MB", "400 MB", peak < 400)


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
