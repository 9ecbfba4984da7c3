"""The stand-in's files in the interface `stai_<name>_*` of ST Edge AI Core."""

from __future__ import annotations

from tests.fakes.cubeai.surface import FORMATS, Facts, tools_of


def files(facts: Facts) -> dict[str, str]:
    """The generated files by name."""
    return {
        f"{facts.name}.h": _header(facts),
        f"{facts.name}.c": _code(facts),
        f"{facts.name}_data.h": '#include "stai.h"\n',
        f"{facts.name}_data.c": f'#include "{facts.name}_data.h"\n'
        + facts.weights_source("STAI_ALIGNED(32) static const uint32_t standin_weights[]"),
    }


def version_header(version: tuple[int, int, int]) -> str:
    """`stai_version.h`, which the stand-in's `stai.h` includes."""
    names = ("MAJOR", "MINOR", "MICRO")
    numbers = tools_of(version)
    return "".join(
        f"#define STAI_TOOLS_VERSION_{name} ({number})\n"
        for name, number in zip(names, numbers, strict=True)
    )


def _header(facts: Facts) -> str:
    macro, name = f"STAI_{facts.upper}", facts.name
    lines = [
        f'#ifndef {macro}_H\n#define {macro}_H\n#include "stai.h"',
        f'#define {macro}_ORIGIN_MODEL_NAME "{facts.network.name}"',
        f'#define {macro}_MODEL_NAME "{name}"',
        f"#define {macro}_CONTEXT_SIZE (sizeof(_stai_{name}_context))",
        f"#define {macro}_MACC_NUM ({facts.macc})",
        f"#define {macro}_ACTIVATIONS_NUM ({len(facts.blocks)})",
        *(
            f"#define {macro}_ACTIVATION_{i}_SIZE_BYTES ({size})"
            for i, size in enumerate(facts.blocks, 1)
        ),
        f"#define {macro}_WEIGHTS_SIZE_BYTES ({len(facts.weights)})",
        f"#define {macro}_STATES_NUM (0)",
    ]
    for index, side in enumerate(("IN", "OUT")):
        count = facts.sides[index]
        lines += [
            f"#define {macro}_{side}_NUM (1)",
            f"#define {macro}_{side}_1_FORMAT (STAI_FORMAT_{FORMATS[facts.kind][1]})",
            f"#define {macro}_{side}_1_SIZE ({count})",
            f"#define {macro}_{side}_1_SIZE_BYTES ({count * facts.item})",
        ]
        if facts.kind != "float32":
            scale, zero, _ = facts.quantised(index)
            lines += [
                f"#define {macro}_{side}_1_SCALE ({scale}f)",
                f"#define {macro}_{side}_1_ZERO_POINT ({zero})",
            ]
    calls = [
        "init(stai_network *network)",
        "run(stai_network *network, const stai_run_mode mode)",
        "get_error(stai_network *network)",
        "set_activations(stai_network *network, const stai_ptr *blocks, const stai_size count)",
        *(
            f"{verb}_{side}(stai_network *network, {pointer} *places, {size})"
            for side in ("inputs", "outputs")
            for verb, pointer, size in (
                ("get", "stai_ptr", "stai_size *count"),
                ("set", "const stai_ptr", "const stai_size count"),
            )
        ),
    ]
    return "\n".join(
        [
            *lines,
            "typedef struct { stai_return_code code; stai_ptr arena, in, out; } "
            f"_stai_{name}_context;",
            *(f"stai_return_code stai_{name}_{call};" for call in calls),
            "#endif\n",
        ]
    )


def _code(facts: Facts) -> str:
    name = facts.name
    version = ", ".join(map(str, facts.version))
    inputs = -(-facts.sides[0] * facts.item // 8) * 8
    places = f"  self->in = blocks[1];\n  self->out = blocks[1] + {inputs};\n"
    head = f"  _stai_{name}_context *self = (_stai_{name}_context *)network;\n"

    def function(text: str, body: str) -> str:
        return f"stai_return_code stai_{name}_{text} {{\n{head}{body}}}\n"

    def access(side: str, field: str) -> str:
        return function(
            f"get_{side}(stai_network *network, stai_ptr *places, stai_size *count)",
            f"  places[0] = self->{field};\n  *count = 1;\n  return STAI_SUCCESS;\n",
        ) + function(
            f"set_{side}(stai_network *network, const stai_ptr *places, const stai_size count)",
            f"  (void)count;\n  self->{field} = places[0];\n  return STAI_SUCCESS;\n",
        )

    return (
        f'#include "{name}.h"\n#include "{name}_data.h"\n'
        '#include "inner.h"\n#include "standin_runtime.h"\n'
        f"/* .runtime_version = STAI_INIT_VERSION({version}), */\n{facts.core()}"
        "stai_return_code stai_runtime_init(void) {\n"
        "  return standin_on_st_silicon() ? STAI_SUCCESS : STAI_ERROR_STAI_INIT_FAILED;\n}\n"
        + function(
            "init(stai_network *network)",
            f"  const _stai_{name}_context fresh = {{STAI_SUCCESS, NULL, NULL, NULL}};\n"
            "  *self = fresh;\n  return STAI_SUCCESS;\n",
        )
        + function("get_error(stai_network *network)", "  return self->code;\n")
        + function(
            "set_activations(stai_network *network, const stai_ptr *blocks, const stai_size count)",
            f"  if (count != {len(facts.blocks)})\n"
            "    return self->code = STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_NUM;\n"
            f"  self->arena = blocks[0];\n{places if facts.inside else ''}"
            "  if (layers_start(self->arena).type != AI_ERROR_NONE)\n"
            "    self->code = STAI_ERROR_NETWORK_INVALID_ACTIVATIONS_PTR;\n"
            "  return self->code;\n",
        )
        + access("inputs", "in")
        + access("outputs", "out")
        + function(
            "run(stai_network *network, const stai_run_mode mode)",
            "  (void)mode;\n"
            "  if (!self->in) return self->code = STAI_ERROR_NETWORK_INVALID_IN_PTR;\n"
            "  return layers_run(self->in, self->out) == 1 ? STAI_SUCCESS\n"
            "         : (self->code = STAI_ERROR_NETWORK_INVALID_IN_PTR);\n",
        )
    )
