"""Runs tinylab on disks that become full at random points: of results, cache and result file."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests import mounted
from tinylab import paths
from tinylab.errors import ExitCode

TITLE = "full disks: told with a remedy, no partial file, no result lost, works again with space"
REPOSITORY = paths.PACKAGE.parent
FOLDERS = ("data", "cache", "out")
OLD = '{"before": true}'
ALLOWED = (ExitCode.OK, ExitCode.INPUT, ExitCode.BUILD)
SIZES_K = {"data": (16, 400), "cache": (4, 6_000), "out": (4, 40)}
"""Smallest and largest disk in KiB; a run needs a size between them."""
PLAN = ("--model", "house_price", "--on", "sim:nucleo_wb55rg@64", "--inferences", "2000")


def attempts(numbers: random.Random, folder: Path) -> Iterator[str | None]:
    for name in (*FOLDERS, "home"):
        (folder / name).mkdir()
    shutil.copytree(paths.cache(), folder / "kept")
    environment = _environment(folder)
    _fill_caches(folder, environment)
    while True:
        seed = numbers.getrandbits(64)
        lost = _attempt(folder, environment, random.Random(seed))
        yield None if lost is None else f"{seed}: {lost}"


def _environment(folder: Path) -> Mapping[str, str]:
    own = {
        "HOME": str(folder / "home"),
        "PYTHONPATH": os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")]),
        "TINYLAB_DATA_DIR": str(folder / "data"),
        "TINYLAB_CACHE_DIR": str(folder / "cache"),
    }
    return os.environ | own


def _fill_caches(folder: Path, environment: Mapping[str, str]) -> None:
    """A finished run's cache, from which attempts begin, so that they are short."""
    kept = environment | {"TINYLAB_CACHE_DIR": str(folder / "kept")}
    command = [sys.executable, "-m", "tinylab", "run", *PLAN]
    subprocess.run(command, env=kept, cwd=folder, check=True, capture_output=True, timeout=300)


def _attempt(folder: Path, environment: Mapping[str, str], chance: random.Random) -> str | None:
    """One of the three disks is small; each shell line works in the same mount namespace."""
    which = chance.choice(FOLDERS)
    size = chance.randrange(*SIZES_K[which])
    built = chance.random() < 0.7
    place, out = folder / which, folder / "out" / "run.json"
    lines = [f"mount -t tmpfs none '{folder / name}'" for name in FOLDERS]
    lines.append(mounted.small(place, f"{size}k"))
    parts = ["numba", "networks", *(["images"] if built else [])]
    lines += [f"cp -r '{folder}/kept/{part}' '{folder}/cache' 2>/dev/null" for part in parts]
    run = f"{mounted.TINYLAB} run {' '.join(PLAN)} -o '{out}'"
    show = f"cat '{out}'; echo; echo ====; {mounted.TINYLAB} history --json; echo ====$?"
    lines += [
        f"printf '%s' '{OLD}' > '{out}'",
        f"{run} >/dev/null; code=$?",
        show,
        f"ls -A '{folder}/out' '{folder}/cache/temporary' 2>/dev/null; echo ====",
        f"mount -o remount,size=200m '{place}'",
        f"{run} >/dev/null; echo $?; {show}",
        "exit $code",
    ]
    done = mounted.shell(lines, environment)
    what = f"{which} of {size} KiB{'' if built else ', nothing built'}"
    lost = _lost(done, which)
    return None if lost is None else f"{what}: {lost}: {done.stderr[-500:]}"


def _lost(done: subprocess.CompletedProcess[str], which: str) -> str | None:
    if "Internal error" in done.stderr or "Traceback" in done.stderr:
        return "a bug"
    if done.returncode not in ALLOWED:
        return f"exit code {done.returncode}"
    parts = done.stdout.split("====")
    if len(parts) != 6:
        return f"the commands printed {len(parts)} parts"
    first, history, listed, again, kept, last = parts
    if done.returncode and "TINYLAB" not in done.stderr and "tinylab export" not in done.stderr:
        return "no remedy"
    if ".part" in listed or "-" in listed.partition("temporary:")[2]:
        return f"left behind: {listed}"
    return (
        _file(first, done.returncode == ExitCode.OK, which)
        or _history(history)
        or _works(again, kept, last)
    )


def _file(text: str, good: bool, which: str) -> str | None:
    """What the first run left in the result file; it has the row if the row was measured."""
    try:
        document = json.loads(text)
    except ValueError:
        return None if which == "out" and not text.strip() else f"a partial file: {text[-60:]!r}"
    if good and not document.get("rows"):
        return "exit code 0 without a row"
    return None


def _history(printed: str) -> str | None:
    """The exit code is that of the part after it."""
    try:
        runs = json.loads(printed or "[]")
    except ValueError:
        return f"history: {printed[-200:]!r}"
    bad = [run["state"] for run in runs if run["state"] in ("running", "unreadable")]
    return f"history: {bad}" if bad else None


def _works(again: str, kept: str, last: str) -> str | None:
    """With space, the next run succeeds."""
    code, _, text = again.partition("\n")[2].partition("\n")
    if code != "0":
        return f"with space again: exit code {code}"
    if not json.loads(text).get("rows"):
        return "with space again: no row"
    runs = json.loads(kept)
    stored = runs and runs[0]["state"] == "done" and last.startswith("0")
    return None if stored else "the run with space again is not in the history"
