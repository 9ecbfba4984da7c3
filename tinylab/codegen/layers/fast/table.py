"""Which kernels are tried before the plain ones, by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinylab.codegen.layers.fast.cortex_m4 import (
    add_s8,
    conv_s8,
    dense_s8,
    depthwise_s8,
    eights_conv_s8,
    pool_s8,
)
from tinylab.codegen.layers.fast.cortex_m4 import conv as conv_m4
from tinylab.codegen.layers.fast.cortex_m4 import dense as dense_m4
from tinylab.codegen.layers.fast.cortex_m7 import add_s8 as add_s8_m7
from tinylab.codegen.layers.fast.cortex_m7 import conv as conv_m7
from tinylab.codegen.layers.fast.cortex_m7 import conv_s8 as conv_s8_m7
from tinylab.codegen.layers.fast.cortex_m7 import dense as dense_m7
from tinylab.codegen.layers.fast.cortex_m7 import dense_s8 as dense_s8_m7
from tinylab.codegen.layers.fast.cortex_m7 import depthwise_s8 as depthwise_s8_m7
from tinylab.codegen.layers.fast.cortex_m7 import pool_s8 as pool_s8_m7
from tinylab.codegen.layers.fast.fast_kernel import FastKernel
from tinylab.zoo.operations import Arithmetic, Conv, Dense, DepthwiseConv, Operation, Pool

FAST: Mapping[type[Operation], Sequence[FastKernel]] = {
    Arithmetic: (add_s8.FAST_ADD, add_s8_m7.FAST_ADD),
    Conv: (
        eights_conv_s8.FAST_EIGHTS,
        conv_s8.FAST_CONV,
        conv_m4.FAST_CONV,
        conv_m7.FAST_CONV,
        conv_s8_m7.FAST_CONV,
    ),
    DepthwiseConv: (
        depthwise_s8.FAST_DEPTHWISE,
        conv_m4.FAST_DEPTHWISE,
        conv_m7.FAST_DEPTHWISE,
        depthwise_s8_m7.FAST_DEPTHWISE,
    ),
    Pool: (pool_s8.FAST_POOL, pool_s8_m7.FAST_MEAN),
    Dense: (
        dense_s8.FAST_DENSE,
        dense_m4.FAST_DENSE,
        dense_m4.FAST_PAIRS,
        dense_m4.FAST_CODED,
        dense_m7.FAST_DENSE,
        dense_m7.FAST_PAIRS,
        dense_m7.FAST_CODED,
        dense_s8_m7.FAST_DENSE,
    ),
}
"""Of each core, the fastest first."""
