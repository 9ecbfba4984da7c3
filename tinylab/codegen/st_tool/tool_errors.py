"""What ST's tool complains of, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinylab.codegen.st_tool.version import ToolVersion
from tinylab.errors import GenerationError

# The categories of ST's documents of 5.2 and 7.0, alone or before a numbered error; 5.2 has
# them in its summary: `error           : NOT IMPLEMENTED: ...`.
_COMPLAINT = re.compile(
    r"^\s*(?:error\s*:\s*)?"
    r"(?P<what>(?:(?:CLI|LOAD|TOOLS?|INTERNAL) ERROR|NOT IMPLEMENTED|INVALID (?:MODEL|OPTIONS)"
    r"|E\d{3}\(\w+\)).*?)\s*$"
)
# How Python's argparse and an uncaught exception end.
_OTHER = re.compile(
    r"^(?:\S*(?:stm32ai|stedgeai)\S*: error: (?P<usage>.+)|(?P<python>\w+Error: .+))$"
)

ELSEWHERE = "`--runtime tinylab` measures it without ST's tool."
REMEDIES: Sequence[tuple[str, str]] = (
    (
        r"Unrecognized keyword arguments|[Uu]nknown layer|batch_shape|quantization_config",
        "The file was saved by a newer Keras than ST's tool has: convert it to .tflite.",
    ),
    (
        r"[Uu]nsupported layer|NOT IMPLEMENTED|not supported",
        f"Replace the layer, or try the model as another type of file. {ELSEWHERE}",
    ),
    (
        r"unrecognized arguments|invalid choice|E10[0-9]\(Cli|CLI ERROR|INVALID OPTIONS",
        "This version wants another command line; name another one with --st-tool.",
    ),
    (
        r"No space left|MemoryError",
        "Free some space on the disk, or memory.",
    ),
    (
        r"LOAD ERROR|INVALID MODEL|InvalidModel|TOOLS? ERROR: Invalid",
        f"Check that the file is whole, or try the model as .tflite. {ELSEWHERE}",
    ),
)  # fmt: skip
LONGEST = 300


def error_from(
    version: ToolVersion, model: Path, code: int, missing: Sequence[str], printed: Sequence[str]
) -> GenerationError:
    """The error for a run on `model` that ended with `code` and made no `missing` files.

    Everything it printed is in `details`.
    """
    what, place = _first(printed)
    words = "\n".join(printed[place:])
    remedy = next((text for pattern, text in REMEDIES if re.search(pattern, words)), "")
    return GenerationError(
        f"{version} cannot turn {model.name} into C: "
        f"{(what or _silent(code, missing))[:LONGEST].rstrip('.')}.",
        remedy=remedy or f"Its own words say more. {ELSEWHERE}",
        details="\n".join(printed),
    )


def _silent(code: int, missing: Sequence[str]) -> str:
    if code == 0:
        return f"it says that all went well, but made no {', no '.join(missing)}"
    ending = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"it {ending} and named no error"


def _first(printed: Sequence[str]) -> tuple[str, int]:
    """The first complaint and the line where it is; an empty one, and the start, if none is."""
    for number, line in enumerate(printed):
        if found := _COMPLAINT.match(line):
            what = found["what"]
            # A category alone is no sentence: what it is about comes below.
            below = next((one.strip() for one in printed[number + 1 :] if one.strip()), "")
            return (f"{what} {below}" if what.endswith((":", ")", "...")) else what), number
    for number, line in enumerate(printed):
        if other := _OTHER.match(line):
            return other["usage"] or other["python"], number
    return "", 0
