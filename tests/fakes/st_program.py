"""A stand-in for ST's code generator: its command line, and independently written files.

It takes what the version it plays takes, and nothing else. It is started as a program, by what
`tests.fakes.st_tools` installs, and never imported by a test.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SERIES = ("stm32f4", "stm32f7", "stm32h7", "stm32l4", "stm32u5", "stm32wb")
GENERATED = ("{name}.c", "{name}.h", "{name}_data.c", "{name}_data.h")


def main(behaviour: Mapping[str, Any]) -> int:
    """`behaviour`: `name`, `pack`, `banner`, `log`, `files` to write, and faults."""
    with Path(behaviour["log"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps({"argv": sys.argv[1:], "environment": dict(os.environ)}) + "\n")
    if behaviour.get("prompts"):
        print("May the maker count how often this is used? [y/N] ", end="", flush=True)
        print("yes" if sys.stdin.readline().strip() == "y" else "no")
    if "--version" in sys.argv:
        _hang_if(behaviour.get("hangs") == "version")
        print(behaviour["banner"])
        return 0
    if behaviour.get("help") == "unreadable" and "--help" in sys.argv:
        print("segmentation fault")
        return 1
    arguments = _parser(behaviour).parse_args()
    print(behaviour["banner"].removeprefix("stm32ai - ").partition("\n")[0])
    return _generate(arguments, behaviour)


def _parser(behaviour: Mapping[str, Any]) -> argparse.ArgumentParser:
    """The options of that version: factors up to 7.0, words later, `--target` from Core 1 on."""
    core = behaviour["name"] == "stedgeai"
    pack = tuple(behaviour["pack"])
    parser = argparse.ArgumentParser(
        prog=behaviour["name"],
        description=behaviour["banner"],
        allow_abbrev=False,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("command", choices=("analyze", "generate", "validate"))
    parser.add_argument("--model", "-m", metavar="FILE", required=True)
    parser.add_argument("--type", "-t", choices=("keras", "tflite", "onnx"))
    parser.add_argument("--name", "-n", default="network")
    levels = ("none", "lossless", "low", "medium", "high") if pack >= (7, 1) else ("1", "4", "8")
    parser.add_argument("--compression", "-c", choices=levels, default=levels[0])
    parser.add_argument("--workspace", "-w", default="st_ai_ws")
    parser.add_argument("--output", "-o", default="st_ai_output")
    if core:
        listed = "target selector - available targets are\n" + "\n".join(SERIES)
        parser.add_argument(
            "--target", choices=SERIES, required=True, metavar="TARGET", help=listed
        )
        parser.add_argument("--c-api", choices=("st-ai", "legacy"))
    else:
        parser.add_argument("--series", choices=SERIES)
        parser.add_argument("--allocate-inputs", action="store_true")
        parser.add_argument("--allocate-outputs", action="store_true")
    if pack >= (7, 2):
        parser.add_argument("--quiet", action="store_true")
    if pack >= (7, 3):
        parser.add_argument("--optimization", "-O", choices=("balanced", "time", "ram"))
    return parser


def _generate(arguments: argparse.Namespace, behaviour: Mapping[str, Any]) -> int:
    print("-- Reading the model", flush=True)
    content = Path(arguments.model).read_bytes()
    print("-- Reading the model - done", flush=True)
    _hang_if(behaviour.get("hangs") == "generate")
    for line in behaviour.get("complains", ()):
        print(line)
    if behaviour.get("complains") and behaviour.get("code"):
        return int(behaviour["code"])
    print("-- Writing C", flush=True)
    output, workspace = Path(arguments.output), Path(arguments.workspace)
    output.mkdir(parents=True)
    workspace.mkdir(parents=True)
    text = f"/* {behaviour['banner']}, {len(content)} bytes, {arguments.compression} */\n"
    files = {pattern.format(name=arguments.name): text for pattern in GENERATED}
    files[f"{arguments.name}_generate_report.txt"] = " ".join(sys.argv[1:])
    for file, content_of_file in (files | behaviour.get("files", {})).items():
        if file not in behaviour.get("omits", ()):
            (output / file).write_text(content_of_file, encoding="utf-8")
    info = workspace if behaviour["name"] != "stedgeai" else output
    (info / f"{arguments.name}_c_info.json").write_text("{}")
    print("-- Writing C - done")
    return int(behaviour.get("code", 0))


def _hang_if(wanted: bool) -> None:
    """Wait forever, with a child process that survives the end of its parent."""
    if wanted:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(f"waiting {os.getpid()} {child.pid}", flush=True)
        time.sleep(600)
