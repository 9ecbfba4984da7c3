"""Makes every exception in a reader a ModelFileError: any bytes may be in a model file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tinylab.errors import ModelFileError

REMEDY_MEMORY = "A network of this size fits no microcontroller; check that it is the right file."
REMEDY_DAMAGED = "Save or download the file again."


@contextmanager
def damage_told(kind: str) -> Iterator[None]:
    """For the reader of `.keras`, `.h5`, `.tflite` or `.onnx` files. Raises ModelFileError only."""
    try:
        yield
    except ModelFileError:
        raise
    except MemoryError as error:
        raise ModelFileError(
            "exceeds the memory limit for model files.", remedy=REMEDY_MEMORY
        ) from error
    except Exception as error:
        raise ModelFileError(
            f"is damaged or not a complete {kind} file.",
            remedy=REMEDY_DAMAGED,
            details=f"{type(error).__name__}: {error}"[:200],
        ) from error
