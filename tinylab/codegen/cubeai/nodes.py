"""The names of the nodes of ST's code, in the order of execution."""

from __future__ import annotations

import re

from tinylab.codegen.cubeai.files import read
from tinylab.codegen.cubeai.network import CubeNetwork

_LAYER = re.compile(
    r"AI_LAYER_OBJ_DECLARE\(\s*(?P<name>\w+)\s*,[^;]*?&\w+_chain\s*,[^,;]*,\s*&(?P<next>\w+)\s*,"
)
"""The last argument before the storage class is the next layer; the last layer's is itself."""


def node_names(network: CubeNetwork) -> tuple[str, ...]:
    """`dense_1`, `dense_1_nl` ...; empty if the generated C does not chain its layers."""
    for path in network.sources:
        names = chained(read(path))
        if names:
            return names
    return ()


def chained(text: str) -> tuple[str, ...]:
    """The same of the text of `<name>.c`."""
    follower = {found["name"]: found["next"] for found in _LAYER.finditer(text)}
    named = {after for name, after in follower.items() if after != name}
    first = [name for name in follower if name not in named]
    if len(first) != 1:
        return ()
    order = [first[0]]
    while (after := follower.get(order[-1])) is not None and after not in order:
        order.append(after)
    return tuple(name.removesuffix("_layer") for name in order)
