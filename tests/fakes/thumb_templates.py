"""Instructions of Armv7E-M for random selection, as assembly with placeholders.

`|` is the place of a condition. Placeholders: {a} {b} {c} {d} core registers, possibly equal;
{p} {q} two different ones; {l} {m} {n} low ones; {s} {t} {u} single-precision and {x} {y} {z}
double-precision registers; {imm} a constant that data processing takes, {i3} {i5} {i8} {i12}
of so many bits, {n31} {n32} from 1; {shift} of a second operand; {word} an offset of whole
words, {byte} of bytes; {label} a unique number. R7 and R11 are the buffer, R8 is a small
index, R6 counts loops, LR is free.
"""

from __future__ import annotations


def each(template: str, names: str) -> list[str]:
    """`template` with `@` replaced by each of the names."""
    return [template.replace("@", name) for name in names.split()]


DATA = [
    *(f"{name}{flags}|.w {{a}}, {{b}}, {second}"
      for name in ("add", "sub", "adc", "sbc", "rsb", "and", "orr", "eor", "bic", "orn")
      for flags in ("", "s")
      for second in ("{c}", "{c}, {shift}", "#{imm}")
      if (name, second) != ("rsb", "{c}")),
    *(f"{name}|.w {{a}}, {second}"
      for name in ("cmp", "cmn", "tst", "teq", "mvn", "mvns")
      for second in ("{b}", "{b}, {shift}", "#{imm}")),
    *(f"{name}{flags}|.w {{a}}, {{b}}, {second}"
      for name in ("lsl", "lsr", "asr", "ror")
      for flags in ("", "s")
      for second in ("{c}", "#{n31}")),
    "mov|.w {a}, #{imm}", "movs|.w {a}, #{imm}", "movw| {a}, #{i8}", "movt| {a}, #{i12}",
    "mov| {a}, {b}", "add| {a}, {b}", "rrx| {a}, {b}", "rrxs| {a}, {b}",
    "addw| {a}, {b}, #{i12}", "subw| {a}, {b}, #{i12}",
    "mrs| {a}, apsr", "msr| apsr_nzcvq, {a}", "msr| apsr_g, {a}", "msr| apsr_nzcvqg, {a}",
]  # fmt: skip

NARROW = [
    "adds {l}, {m}, {n}", "subs {l}, {m}, {n}", "adds {l}, #{i8}", "subs {l}, #{i8}",
    "adds {l}, {m}, #{i3}", "subs {l}, {m}, #{i3}", "movs {l}, #{i8}", "mvns {l}, {m}",
    "adcs {l}, {m}", "sbcs {l}, {m}", "ands {l}, {m}", "orrs {l}, {m}", "eors {l}, {m}",
    "bics {l}, {m}", "muls {l}, {m}, {l}", "rsbs {l}, {m}, #0", "lsls {l}, {m}, #{n31}",
    "lsrs {l}, {m}, #{n32}", "asrs {l}, {m}, #{n32}", "lsls {l}, {m}", "lsrs {l}, {m}",
    "asrs {l}, {m}", "rors {l}, {m}", "cmp {l}, {m}", "cmn {l}, {m}", "tst {l}, {m}",
    "cmp {l}, #{i8}",
]  # fmt: skip
"""16-bit encodings, which set the flags outside IT blocks."""

NARROW_IN_IT = [
    "add| {l}, {m}, {n}", "sub| {l}, #{i8}", "mov| {l}, #{i8}", "adc| {l}, {m}", "and| {l}, {m}",
    "eor| {l}, {m}", "mul| {l}, {m}, {l}", "lsl| {l}, {m}, #{n31}", "asr| {l}, {m}, #{n32}",
    "ror| {l}, {m}", "mvn| {l}, {m}", "rsb| {l}, {m}, #0",
]  # fmt: skip
"""The same ones inside IT blocks, where they do not change the flags."""

DSP = [
    *(f"{prefix}{name}| {{a}}, {{b}}, {{c}}"
      for prefix in ("s", "q", "sh", "u", "uq", "uh")
      for name in ("add16", "asx", "sax", "sub16", "add8", "sub8")),
    *each("@| {a}, {b}, {c}",
          "qadd qsub qdadd qdsub sel usad8 smulbb smulbt smultb smultt smulwb smulwt smuad "
          "smuadx smusd smusdx smmul smmulr mul sdiv udiv"),
    *each("@| {a}, {b}, {c}, {d}",
          "usada8 mla mls smlabb smlabt smlatb smlatt smlawb smlawt smlad smladx smlsd "
          "smlsdx smmla smmlar smmls smmlsr"),
    *each("@| {p}, {q}, {c}, {d}",
          "smull umull smlal umlal umaal smlald smlaldx smlsld smlsldx smlalbb smlalbt "
          "smlaltb smlaltt"),
    *each("@| {a}, {b}", "clz rbit rev rev16 revsh sxtb sxth uxtb uxth sxtb16 uxtb16"),
    *each("@| {a}, {b}, {c}, ror #{ror}", "sxtab sxtah uxtab uxtah sxtab16 uxtab16"),
    "ssat| {a}, #{n32}, {b}", "ssat| {a}, #{n32}, {b}, asr #{n31}", "ssat16| {a}, #{n16}, {b}",
    "usat| {a}, #{i5}, {b}", "usat| {a}, #{i5}, {b}, lsl #{n31}", "usat16| {a}, #{i4}, {b}",
    "pkhbt| {a}, {b}, {c}, lsl #{n31}", "pkhtb| {a}, {b}, {c}, asr #{n31}",
    "bfi| {a}, {b}, #{lsb}, #{width}", "bfc| {a}, #{lsb}, #{width}",
    "sbfx| {a}, {b}, #{lsb}, #{width}", "ubfx| {a}, {b}, #{lsb}, #{width}",
]  # fmt: skip

MEMORY = [
    *(f"{name}|.w {{a}}, {where}"
      for name in ("ldr", "ldrb", "ldrh", "ldrsb", "ldrsh", "str", "strb", "strh")
      for where in ("[r7, #{byte}]", "[r7, #-{byte}]", "[r7, r8, lsl #{i2}]", "[r7], #{byte}",
                    "[r7, #{byte}]!", "[r7], #-{byte}")),
    "ldr| {l}, [r7, #{word}]", "str| {l}, [r7, #{word}]", "ldrb| {l}, [r7, #{i5}]",
    "strh| {l}, [r7, #{half}]", "ldrt| {a}, [r7, #{byte}]", "strbt| {a}, [r7, #{byte}]",
    "ldrd| {p}, {q}, [r7, #{word}]", "strd| {p}, {q}, [r7, #-{word}]",
    "ldrd| {p}, {q}, [r7], #{word}", "strd| {p}, {q}, [r7, #{word}]!",
    "ldm| r7, {{r0, r2-r5, r9}}", "stm| r7, {{r1, r3, r10, r12}}", "ldm| r7!, {{r1-r4}}",
    "stm| r7!, {{r0, r2, r5}}", "ldmdb| r7, {{r0, r9, r12}}", "stmdb| r7!, {{r0-r3, r10}}",
    "ldrex| {a}, [r7, #{word}]", "ldrexb| {a}, [r7]",
]  # fmt: skip

FLOAT = [
    *each("@|.f32 {s}, {t}, {u}",
          "vadd vsub vmul vnmul vdiv vmla vmls vnmla vnmls vfma vfms vfnma vfnms"),
    *each("@|.f32 {s}, {t}", "vabs vneg vsqrt vmov vcmp vcmpe"),
    *(f"vcvt|.{to} {{s}}, {{t}}" for to in ("s32.f32", "u32.f32", "f32.s32", "f32.u32")),
    *(f"vcvtr|.{to} {{s}}, {{t}}" for to in ("s32.f32", "u32.f32")),
    *(f"vcvt|.{to} {{s}}, {{s}}, #{{n32}}" for to in ("s32.f32", "u32.f32")),
    *(f"vcvt|.{to} {{s}}, {{s}}, #{{n16}}" for to in ("s16.f32", "u16.f32")),
    *(f"vcvt{half}|.{to} {{s}}, {{t}}" for half in "bt" for to in ("f16.f32", "f32.f16")),
    "vcmp|.f32 {s}, #0.0", "vcmpe|.f32 {s}, #0.0", "vmrs| apsr_nzcv, fpscr", "vmrs| {a}, fpscr",
    "vmov|.f32 {s}, #-1.25", "vmov| {s}, {a}", "vmov| {a}, {s}", "vmov| {p}, {q}, s4, s5",
    "vmov| s10, s11, {a}, {b}", "vmov| {x}, {a}, {b}", "vmov| {p}, {q}, {x}",
    "vldr| {s}, [r7, #{word}]", "vstr| {s}, [r7, #{word}]", "vldr| {x}, [r7, #-{word}]",
    "vstr| {x}, [r7, #{word}]", "vldmia| r7, {{s3-s9}}", "vstmia| r7!, {{s20-s23}}",
    "vldmdb| r7!, {{s0-s3}}", "vstmdb| r7!, {{d4-d7}}", "vldmia| r7!, {{d12-d15}}",
]  # fmt: skip

FLOAT_V5 = [
    "vrintr|.f32 {s}, {t}", "vrintz|.f32 {s}, {t}", "vrintx|.f32 {s}, {t}",
]  # fmt: skip
"""Of FPv5, which the Cortex-M7 and Cortex-M33 have."""

FLOAT_V5_OUTSIDE_IT = [
    *(f"vsel{condition}.f32 {{s}}, {{t}}, {{u}}" for condition in ("eq", "ge", "gt", "vs")),
    "vmaxnm.f32 {s}, {t}, {u}", "vminnm.f32 {s}, {t}, {u}",
    *(f"vrint{way}.f32 {{s}}, {{t}}" for way in "anpm"),
    *(f"vcvt{way}.{to}.f32 {{s}}, {{t}}" for way in "anpm" for to in ("s32", "u32")),
]  # fmt: skip

DOUBLE = [
    *each("@|.f64 {x}, {y}, {z}",
          "vadd vsub vmul vnmul vdiv vmla vmls vnmla vnmls vfma vfms vfnma vfnms"),
    *each("@|.f64 {x}, {y}", "vabs vneg vsqrt vmov vcmp vcmpe vrintr vrintz vrintx"),
    *(f"vcvt|.{to}.f64 {{s}}, {{x}}" for to in ("f32", "s32", "u32")),
    *(f"vcvt|.f64.{source} {{x}}, {{s}}" for source in ("f32", "s32", "u32")),
    *(f"vcvt|.{to} {{x}}, {{x}}, #{{n32}}" for to in ("s32.f64", "u32.f64")),
    "vcvtr|.s32.f64 {s}, {x}", "vcvtb|.f64.f16 {x}, {s}", "vcvtt|.f16.f64 {s}, {x}",
    "vcmp|.f64 {x}, #0.0", "vmov|.f64 {x}, #0.5", "vmov|.32 {x}[1], {a}", "vmov|.32 {a}, {x}[0]",
]  # fmt: skip

DOUBLE_OUTSIDE_IT = [
    *(f"vsel{condition}.f64 {{x}}, {{y}}, {{z}}" for condition in ("eq", "ge", "gt", "vs")),
    "vmaxnm.f64 {x}, {y}, {z}", "vminnm.f64 {x}, {y}, {z}",
    *(f"vrint{way}.f64 {{x}}, {{y}}" for way in "anpm"),
    *(f"vcvt{way}.{to}.f64 {{s}}, {{x}}" for way in "anpm" for to in ("s32", "u32")),
]  # fmt: skip

FLOW = [
    "b{cc} 1f\n add.w {a}, {b}, #{imm}\n vadd.f32 {s}, {t}, {u}\n1:",
    "cbz {l}, 1f\n mvn {a}, {b}\n1:",
    "cbnz {l}, 1f\n subs {l}, #1\n ldr {m}, [r7, #{word}]\n1:",
    "movs r6, #5\n1: adcs {l}, {m}\n ldr.w {a}, [r7, r6, lsl #2]\n subs r6, #1\n bne 1b",
    "movs r6, #3\n1: vldr {s}, [r7, #{word}]\n vfma.f32 {t}, {s}, {u}\n subs r6, #1\n bne 1b",
    "and lr, {a}, #3\n tbb [pc, lr]\n1: .byte (2f-1b)/2, (3f-1b)/2, (4f-1b)/2, (5f-1b)/2\n"
    "2: adds {l}, #1\n3: eor {a}, {b}, {c}\n b 5f\n4: rev {a}, {b}\n5:",
    "and lr, {a}, #1\n tbh [pc, lr, lsl #1]\n1: .short (2f-1b)/2, (3f-1b)/2\n"
    "2: muls {l}, {m}, {l}\n3:",
    "bl leaf_add", "bl leaf_float", "bl leaf_stack",
    "adr.w lr, 1f\n orr lr, #1\n bx lr\n .balign 4\n1: add {a}, lr",
    "adr.w lr, 1f\n mov pc, lr\n udf #0\n .balign 4\n1: adr.w {a}, 1b",
    "push {{r0, r3, r12}}\n pop {{r1, r2, r9}}", "vpush {{s5-s8}}\n vpop {{s9-s12}}",
    "itt {cc}\n push{cc} {{r2, r4}}\n pop{cc} {{r0, r5}}",
    "itt {cc}\n vpush{cc} {{d3}}\n vpop{cc} {{d5}}",
    "ldrex {p}, [r7, #{word}]\n add {p}, #1\n strex {q}, {p}, [r7, #{word}]",
    "ldrexh {p}, [r7]\n clrex\n strexh {q}, {p}, [r7]",
    "itt {cc}\n ldrex{cc} {p}, [r7]\n strex{cc} {q}, {p}, [r7]",
    "it {cc}\n b{cc} 1f\n movs {l}, #7\n1:", "it {cc}\n bl{cc} leaf_add",
    "ldr lr, =0xF7C0009F\n and lr, {a}\n vmsr fpscr, lr",
    *(f"vmrs lr, fpscr\n bic lr, #0xC00000\n vmsr fpscr, lr\n vcvt.f32.{what}"
      for what in ("s32 {s}, {s}, #{n32}", "u32 {s}, {s}, #{n32}", "s16 {s}, {s}, #{n16}")),
    "msr basepri, {a}\n mrs {b}, basepri", "cpsid i\n mrs {a}, primask\n cpsie i",
    "mov r10, sp\n sub sp, #16\n str {l}, [sp, #8]\n ldr {m}, [sp, #8]\n add sp, #16",
]  # fmt: skip
"""Sequences that branch, and whatever needs more than one instruction.

From fixed point, numbers are to be rounded to nearest whatever the mode is (A7.7.226); Unicorn
obeys the mode. So they are converted in that mode only.
"""

LEAVES = """
    .syntax unified
    .thumb
    .text
    .thumb_func
leaf_add:
    adds r0, r1, r2
    adc r3, r0, r4
    bx lr
    .thumb_func
leaf_float:
    vmul.f32 s1, s2, s3
    vcvt.s32.f32 s4, s1
    bx lr
    .thumb_func
leaf_stack:
    push {r1, r4, r5, lr}
    ldr r1, [sp, #4]
    eors r4, r1
    pop {r1, r4, r5, pc}
"""
"""Functions that FLOW calls."""
