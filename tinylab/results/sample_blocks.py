"""How samples are coded in the database: batches as they come, then compressed blocks.

- `plain`: 8 bytes a sample. `same`: one value for all of them.
- `packed`: all samples in their order, as distances from the smallest one in as few bytes as they
  need, the bytes of equal weight together, compressed by zlib.
- `table`: the distinct values and how often each occurred, packed both; without the order.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from tinylab.stats.counted import Counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

PLAIN, SAME, PACKED, TABLE = "plain", "same", "packed", "table"
ORDERED = 1 << 16
"""Samples in a packed block."""
COUNTED = 1 << 20
"""Samples in a table."""
KEPT = 10_000_000
"""So many samples of a run are kept in their order; of those after them the tables are."""
MOST = 1 << 26
"""No row has more samples; a changed count must not fill the memory."""
_HEAD = struct.Struct("<QQBI")
"""Smallest value, number of values, bytes of each, bytes of the compressed rest."""


def batch(cycles: npt.NDArray[np.uint64]) -> tuple[str, bytes]:
    """The coding and the bytes of a batch, shape (n,), n > 0, as it comes."""
    if cycles[0] == cycles[-1] and (cycles == cycles[0]).all():
        return SAME, cycles[:1].astype("<u8").tobytes()
    return PLAIN, cycles.astype("<u8").tobytes()


def block(cycles: npt.NDArray[np.uint64], *, ordered: bool) -> tuple[str, bytes]:
    """The coding and the bytes of many samples; their order is lost unless `ordered`."""
    coding, plain = batch(cycles)
    if coding == SAME:
        return coding, plain
    if ordered:
        return PACKED, _packed(cycles)
    counted = Counted.of(cycles)
    return TABLE, _packed(_steps(counted.values)) + _packed(counted.counts.astype("uint64"))


def samples(coding: str, count: int, blob: bytes) -> npt.NDArray[np.uint64] | None:
    """The samples in their order, shape (count,); None of a table. Raises ValueError if damaged."""
    import numpy as np

    if not 0 < count <= MOST:
        raise ValueError(f"{count} samples")
    if coding == SAME and len(blob) == 8:
        return np.repeat(np.frombuffer(blob, "<u8").astype(np.uint64), count)
    if coding == PLAIN:
        found = np.frombuffer(blob, "<u8").astype(np.uint64)
    elif coding == PACKED:
        found, _ = _unpacked(blob, count)
    elif coding == TABLE:
        return None
    else:
        raise ValueError(f"no coding {coding!r}")
    if found.size != count:
        raise ValueError(f"{found.size} samples instead of {count}")
    return found


def counted(coding: str, count: int, blob: bytes) -> Counted:
    """The samples of a row of any coding. Raises ValueError if it is damaged."""
    import numpy as np

    if coding == SAME and len(blob) == 8 and 0 < count <= MOST:
        return Counted(np.frombuffer(blob, "<u8").astype(np.uint64), np.array([count], np.int64))
    ordered = samples(coding, count, blob)
    if ordered is not None:
        return Counted.of(ordered)
    steps, rest = _unpacked(blob, count)
    counts, _ = _unpacked(rest, count)
    if steps.size != counts.size or int(counts.sum()) != count or not counts.all():
        raise ValueError("the table does not add up")
    return Counted(np.cumsum(steps, dtype=np.uint64), counts.astype(np.int64))


def _steps(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The first value, then the distances."""
    import numpy as np

    return np.diff(values, prepend=np.uint64(0))


def _packed(values: npt.NDArray[np.uint64]) -> bytes:
    import numpy as np

    low = values.min()
    above = (values - low).astype("<u8")
    width = -(-int(above.max()).bit_length() // 8)
    planes = above.view(np.uint8).reshape(-1, 8)[:, :width].T
    data = zlib.compress(np.ascontiguousarray(planes).tobytes())
    return _HEAD.pack(int(low), values.size, width, len(data)) + data


def _unpacked(blob: bytes, most: int) -> tuple[npt.NDArray[np.uint64], bytes]:
    """At most `most` values, and the bytes after them. Raises ValueError."""
    import numpy as np

    try:
        low, size, width, length = _HEAD.unpack_from(blob)
        end = _HEAD.size + length
        if size > most or width > 8:
            raise ValueError("more values than samples")
        # A damaged block must not fill the memory.
        data = zlib.decompressobj().decompress(blob[_HEAD.size : end], size * width + 1)
    except (struct.error, zlib.error) as error:
        raise ValueError(str(error)) from error
    if len(data) != size * width:
        raise ValueError("a block of another length")
    bytes_of = np.zeros((size, 8), np.uint8)
    bytes_of[:, :width] = np.frombuffer(data, np.uint8).reshape(width, size).T
    return bytes_of.view("<u8").reshape(size).astype(np.uint64) + np.uint64(low), blob[end:]
