"""The nodes of ST's code in the order of execution: names, and the functions that execute them."""

from __future__ import annotations

import re

from tinylab.codegen.cubeai.files import read
from tinylab.codegen.cubeai.network import CubeNetwork
from tinylab.codegen.layer_calls import LayerCall

_LAYER = re.compile(
    r"AI_LAYER_OBJ_DECLARE\(\s*(?P<name>\w+)\s*,[^;]*?(?P<function>\w+)\s*,\s*&\w+_chain\s*,"
    r"[^,;]*,\s*&(?P<next>\w+)\s*,"
)
"""The last argument before the storage class is the next layer; the last layer's is itself."""


def node_names(network: CubeNetwork) -> tuple[str, ...]:
    """`dense_1`, `dense_1_nl` ...; empty if the generated C does not chain its layers."""
    return tuple(call.name for call in node_calls(network))


def node_calls(network: CubeNetwork) -> tuple[LayerCall, ...]:
    """The nodes with their functions, `forward_dense` ...; empty likewise."""
    for path in network.sources:
        calls = chained(read(path))
        if calls:
            return calls
    return ()


def chained(text: str) -> tuple[LayerCall, ...]:
    """The same of the text of `<name>.c`."""
    found = {one["name"]: one for one in _LAYER.finditer(text)}
    named = {one["next"] for name, one in found.items() if one["next"] != name}
    first = [name for name in found if name not in named]
    if len(first) != 1:
        return ()
    order = [first[0]]
    while (last := found.get(order[-1])) is not None and last["next"] not in order:
        order.append(last["next"])
    functions = {name: one["function"] for name, one in found.items()}
    return tuple(
        LayerCall(name.removesuffix("_layer"), functions.get(name, ""), None) for name in order
    )
