"""Installs stand-ins for ST's code generator, in the layout of ST's installers."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.pids import lives
from tests.fakes.stations import wait_until
from tinylab.codegen.st_tool import search_paths

REPOSITORY = Path(__file__).resolve().parents[2]

BANNERS = {
    "5.2.0": "stm32ai - Neural Network Tools for STM32 v1.4.0 (AI tools v5.2.0)",
    "6.0.0": "stm32ai - Neural Network Tools for STM32AI v1.5.0 (AI tools v6.0.0)",
    "7.0.0": "stm32ai - Neural Network Tools for STM32AI v1.5.1 (STM.ai v7.0.0)",
    "8.0.1": "stm32ai - Neural Network Tools for STM32AI v1.7.0 (STM.ai v8.0.1-19451)",
    "9.1.0": "ST Edge AI Core v1.0.0-19894",
    "10.2.0": "ST Edge AI Core v2.2.0-20266 2adc00962\n   STM32CubeAI 10.2.0",
    "11.0.0": "ST Edge AI Core v3.0.0-20426 123672867\n   STM32CubeAI 11.0.0-RC6",
}
"""What they print for `--version`, by the version of X-CUBE-AI; the build of 6 is ours."""


@dataclass(frozen=True)
class StandIn:
    """An installed stand-in: its folder, its executable, and the log of its runs."""

    root: Path
    executable: Path
    log: Path

    @property
    def runs(self) -> list[list[str]]:
        """The arguments of each run, in order."""
        return [entry["argv"] for entry in self._entries]

    @property
    def environment(self) -> dict[str, str]:
        """Of the last run."""
        found: dict[str, str] = self._entries[-1]["environment"]
        return found

    @property
    def _entries(self) -> list[dict[str, Any]]:
        text = self.log.read_text(encoding="utf-8") if self.log.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    @property
    def generated(self) -> list[list[str]]:
        """The runs that generate code."""
        return [run for run in self.runs if run[0] == "generate"]


def install(root: Path, pack: str, *, library: bool = True, **behaviour: Any) -> StandIn:
    """A pack of X-CUBE-AI or ST Edge AI Core in the folder `root`.

    `behaviour` is `st_program.main`'s: `hangs`, `complains`, `code`, `omits`, `files`, `prompts`.
    """
    name = "stedgeai" if int(pack.partition(".")[0]) >= 9 else "stm32ai"
    folder = root / "Utilities" / "linux"
    folder.mkdir(parents=True, exist_ok=True)
    if library:
        for part in ("Inc", "Lib/GCC/ARMCortexM4", "Lib/GCC/ARMCortexM7"):
            (root / "Middlewares" / "ST" / "AI" / part).mkdir(parents=True, exist_ok=True)
    log = root / "runs.log"
    facts = {
        "name": name,
        "pack": [int(part) for part in pack.split(".")],
        "banner": BANNERS[pack],
        "log": str(log),
        **behaviour,
    }
    executable = folder / name
    executable.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(REPOSITORY)!r})\n"
        f"from tests.fakes.st_program import main\nsys.exit(main({facts!r}))\n",
        encoding="utf-8",
    )
    executable.chmod(0o755)
    return StandIn(root, executable, log)


def bare_machine(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without ST's tools and with an empty cache; returns its home."""
    home = folder / "Zuhause für Söhne"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(folder / "bin"))
    monkeypatch.setenv("TINYLAB_CACHE_DIR", str(folder / "cache"))
    monkeypatch.setattr(
        search_paths, "OF_THE_MACHINE", (str(folder / "opt" / "ST" / "STEdgeAI" / "*"),)
    )
    for variable in (*search_paths.VARIABLES, "CUBE_FW_DIR"):
        monkeypatch.delenv(variable, raising=False)
    return home


def assert_gone(printed: str) -> None:
    """A hung tool, which printed `waiting PID PID`, and its child process have ended."""
    pids = [int(word) for word in printed.partition("waiting ")[2].split()[:2]]
    assert len(pids) == 2
    wait_until(lambda: not any(lives(pid) for pid in pids))
