"""Dense layers of floats on the Cortex-M4 and M33."""

from __future__ import annotations

from tinylab.codegen.layers.fast import dense_blocks, dense_coded, dense_pairs
from tinylab.codegen.layers.fast.cortex_m4.cores import CORES
from tinylab.codegen.layers.fast.dense_blocks import Blocks
from tinylab.codegen.layers.fast.dense_pairs import PairFunctions
from tinylab.codegen.layers.fast.fast_kernel import FastKernel, Unsuited
from tinylab.codegen.layers.kernel import Kernel, Request

BLOCKS = Blocks("tl_dense_block_{}_m4_f32", narrowest=4, widest=13, twice=60)
PAIRS = PairFunctions("tl_pair_tables_m4_f32", "tl_pair_lookups_m4_f32")
CODES = "tl_dense_codes_m4_f32"


def kernel(request: Request) -> Kernel | Unsuited:
    """For float tensors and at least four outputs."""
    return dense_blocks.kernel(request, BLOCKS)


FAST_DENSE = FastKernel("tl_dense_blocks_f32", CORES, kernel)


def pairs(request: Request) -> Kernel | Unsuited:
    """For weights compressed eight times, and many outputs."""
    return dense_pairs.kernel(request, PAIRS)


FAST_PAIRS = FastKernel("tl_dense_pairs_f32", CORES, pairs)


def coded(request: Request) -> Kernel | Unsuited:
    """For weights compressed four times."""
    return dense_coded.kernel(request, CODES)


FAST_CODED = FastKernel("tl_dense_coded_f32", CORES, coded)
