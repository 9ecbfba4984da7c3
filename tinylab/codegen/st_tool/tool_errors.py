"""Errors that ST's tool reports, and their remedies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tinylab.codegen.st_tool.version import ToolVersion
from tinylab.errors import GenerationError

# The categories in ST's documents of 5.2 and 7.0, alone or before a numbered error; 5.2 prints
# them in its summary: `error           : NOT IMPLEMENTED: ...`.
_COMPLAINT = re.compile(
    r"^\s*(?:error\s*:\s*)?"
    r"(?P<what>(?:(?:CLI|LOAD|TOOLS?|INTERNAL) ERROR|NOT IMPLEMENTED|INVALID (?:MODEL|OPTIONS)"
    r"|E\d{3}\(\w+\)).*?)\s*$"
)
# The last line of an argparse error or of an uncaught Python exception.
_OTHER = re.compile(
    r"^(?:\S*(?:stm32ai|stedgeai)\S*: error: (?P<usage>.+)|(?P<python>\w+Error: .+))$"
)

ELSEWHERE = "`--runtime tinylab` measures the model without ST's tool."
REMEDIES: Sequence[tuple[str, str]] = (
    (
        r"Unrecognized keyword arguments|[Uu]nknown layer|batch_shape|quantization_config",
        "The file was saved with a newer Keras than that of ST's tool. Convert it to .tflite.",
    ),
    (
        r"[Uu]nsupported layer|NOT IMPLEMENTED|not supported",
        f"Replace the layer, or try the model in another file format. {ELSEWHERE}",
    ),
    (
        r"unrecognized arguments|invalid choice|E10[0-9]\(Cli|CLI ERROR|INVALID OPTIONS",
        "This version has another command line. Name another version with --st-tool.",
    ),
    (
        r"No space left|MemoryError",
        "Free some space on the disk, or memory.",
    ),
    (
        r"LOAD ERROR|INVALID MODEL|InvalidModel|TOOLS? ERROR: Invalid",
        f"Check that the file is complete, or try the model as .tflite. {ELSEWHERE}",
    ),
)  # fmt: skip
LONGEST = 300


def error_from(
    version: ToolVersion, model: Path, code: int, missing: Sequence[str], printed: Sequence[str]
) -> GenerationError:
    """The error for a run on `model` with exit code `code`; `missing` files were not generated.

    The complete output is in `details`.
    """
    what, place = _first(printed)
    words = "\n".join(printed[place:])
    remedy = next((text for pattern, text in REMEDIES if re.search(pattern, words)), "")
    return GenerationError(
        f"{version} cannot turn {model.name} into C: "
        f"{(what or _silent(code, missing))[:LONGEST].rstrip('.')}.",
        remedy=remedy or f"See its output for details. {ELSEWHERE}",
        details="\n".join(printed),
    )


def _silent(code: int, missing: Sequence[str]) -> str:
    if code == 0:
        return f"it reported success but did not generate {', '.join(missing)}"
    ending = f"was terminated by signal {-code}" if code < 0 else f"ended with exit code {code}"
    return f"it {ending} and reported no error"


def _first(printed: Sequence[str]) -> tuple[str, int]:
    """The first error message and its line number; an empty text and 0 if there is none."""
    for number, line in enumerate(printed):
        if found := _COMPLAINT.match(line):
            what = found["what"]
            # A category alone is not a message: the next line has the text.
            below = next((one.strip() for one in printed[number + 1 :] if one.strip()), "")
            return (f"{what} {below}" if what.endswith((":", ")", "...")) else what), number
    for number, line in enumerate(printed):
        if other := _OTHER.match(line):
            return other["usage"] or other["python"], number
    return "", 0
