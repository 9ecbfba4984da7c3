"""Which kernels are tried before the plain ones, by operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tinylab.codegen.layers.fast.cortex_m7 import conv, dense
from tinylab.codegen.layers.fast.fast_kernel import FastKernel
from tinylab.zoo.operations import Conv, Dense, DepthwiseConv, Operation

FAST: Mapping[type[Operation], Sequence[FastKernel]] = {
    Dense: (dense.FAST_DENSE, dense.FAST_PAIRS, dense.FAST_CODED),
    Conv: (conv.FAST_CONV,),
    DepthwiseConv: (conv.FAST_DEPTHWISE,),
}
"""The fastest first."""
