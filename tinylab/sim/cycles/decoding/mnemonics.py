"""Mnemonics by kind; those that are not listed are plain data processing."""

from __future__ import annotations

from enum import IntEnum


class Operation(IntEnum):
    """Kinds of instructions with equal timing."""

    ALU = 0
    ALU_SHIFTED = 1
    """Data processing with a shifted second operand."""
    SHIFT = 2
    MULTIPLY = 3
    MULTIPLY_ACCUMULATE = 4
    DIVIDE = 5
    SATURATE = 6
    PARALLEL = 7
    """SIMD within a register, and extension."""
    EXTRACT = 8
    INSERT = 9
    REVERSE = 10
    COUNT_ZEROS = 11
    LOAD = 12
    STORE = 13
    LOAD_PAIR = 14
    STORE_PAIR = 15
    LOAD_MULTIPLE = 16
    STORE_MULTIPLE = 17
    PRELOAD = 18
    BRANCH = 19
    TABLE_BRANCH = 20
    IT = 21
    NOP = 22
    SYSTEM = 23
    FP_ARITHMETIC = 24
    FP_MULTIPLY = 25
    FP_FUSED = 26
    """Multiply-accumulate with one rounding (VFMA)."""
    FP_CHAINED = 27
    """Multiply-accumulate with two roundings (VMLA)."""
    FP_DIVIDE = 28
    FP_COMPARE = 29
    FP_MOVE = 30
    FP_STATUS = 31
    FP_SELECT = 32
    FP_LOAD = 33
    FP_STORE = 34
    FP_LOAD_MULTIPLE = 35
    FP_STORE_MULTIPLE = 36


_GROUPS = {
    Operation.SHIFT: "lsl lsr asr ror rrx",
    Operation.MULTIPLY: """mul smulbb smulbt smultb smultt smulwb smulwt smuad smuadx smusd smusdx
        smull umull smmul smmulr""",
    Operation.MULTIPLY_ACCUMULATE: """mla mls smlabb smlabt smlatb smlatt smlawb smlawt smlad
        smladx smlsd smlsdx smlal umlal smlald smlaldx smlalbb smlalbt smlaltb smlaltt umaal smmla
        smmlar smmls smmlsr smlsld smlsldx""",
    Operation.DIVIDE: "sdiv udiv",
    Operation.SATURATE: """qadd qsub qadd16 qadd8 qsub16 qsub8 uqadd8 uqadd16 uqsub8 uqsub16 qasx
        qsax usad8 ssat usat ssat16 usat16 qdadd qdsub usada8""",
    Operation.PARALLEL: """sxtb sxth uxtb uxth sxtb16 uxtb16 sadd16 sadd8 ssub16 ssub8 uadd8 uadd16
        usub8 usub16 shadd16 shadd8 uhadd8 uhadd16 shsub16 shsub8 uhsub8 uhsub16 sasx ssax uasx
        usax sel""",
    Operation.EXTRACT: "sbfx ubfx pkhbt pkhtb sxtab sxtah uxtab uxtah sxtab16 uxtab16",
    Operation.INSERT: "bfi bfc",
    Operation.REVERSE: "rbit rev rev16 revsh",
    Operation.COUNT_ZEROS: "clz",
    Operation.LOAD: """ldr ldrb ldrh ldrsb ldrsh ldrt ldrbt ldrht ldrsbt ldrsht ldrex ldrexb
        ldrexh""",
    Operation.STORE: "str strb strh strt strbt strht strex strexb strexh",
    Operation.LOAD_PAIR: "ldrd",
    Operation.STORE_PAIR: "strd",
    Operation.LOAD_MULTIPLE: "ldm ldmdb pop",
    Operation.STORE_MULTIPLE: "stm stmdb push",
    Operation.PRELOAD: "pld pldw pli",
    Operation.BRANCH: "b bl bx blx cbz cbnz",
    Operation.TABLE_BRANCH: "tbb tbh",
    Operation.IT: "it",
    Operation.NOP: "nop yield",
    Operation.SYSTEM: "mrs msr dmb dsb isb cps svc bkpt udf clrex wfi wfe sev dbg",
    Operation.FP_ARITHMETIC: "vadd vsub vneg vabs vcvt vcvtr vmaxnm vminnm vcvtb vcvtt",
    Operation.FP_MULTIPLY: "vmul vnmul",
    Operation.FP_FUSED: "vfma vfms vfnma vfnms",
    Operation.FP_CHAINED: "vmla vmls vnmla vnmls",
    Operation.FP_DIVIDE: "vdiv vsqrt",
    Operation.FP_COMPARE: "vcmp vcmpe",
    Operation.FP_MOVE: "vmov",
    Operation.FP_STATUS: "vmrs vmsr",
    Operation.FP_LOAD: "vldr",
    Operation.FP_STORE: "vstr",
    Operation.FP_LOAD_MULTIPLE: "vldmia vldmdb vpop",
    Operation.FP_STORE_MULTIPLE: "vstmia vstmdb vpush",
}

MNEMONICS = {name: operation for operation, names in _GROUPS.items() for name in names.split()}
