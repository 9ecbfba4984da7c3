"""Which kernels are tried before the plain ones, by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinylab.codegen.layers.fast.cortex_m4 import conv as conv_m4
from tinylab.codegen.layers.fast.cortex_m4 import dense as dense_m4
from tinylab.codegen.layers.fast.cortex_m7 import conv as conv_m7
from tinylab.codegen.layers.fast.cortex_m7 import dense as dense_m7
from tinylab.codegen.layers.fast.fast_kernel import FastKernel
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, Operation

FAST: Mapping[type[Operation], Sequence[FastKernel]] = {
    Dense: (
        dense_m4.FAST_DENSE,
        dense_m4.FAST_PAIRS,
        dense_m7.FAST_DENSE,
        dense_m7.FAST_PAIRS,
        dense_m7.FAST_CODED,
    ),
    Conv: (conv_m4.FAST_CONV, conv_m7.FAST_CONV),
    DepthwiseConv: (conv_m7.FAST_DEPTHWISE,),
}
"""Of each core, the fastest first."""
