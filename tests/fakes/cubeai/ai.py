"""The stand-in's files in the interfaces `ai_<name>_*`: X-CUBE-AI 5 and 6, and 7 to 10."""

from __future__ import annotations

from tests.fakes.cubeai.surface import FORMATS, Facts
from tinylab.codegen.generate import generate


def files(facts: Facts, at_once: bool) -> dict[str, str]:
    """The generated files by name; `at_once` is the interface from 7.0 on."""
    made = {
        f"{facts.name}.h": _header(facts, at_once),
        f"{facts.name}_data.h": _data_header(facts, at_once),
        f"{facts.name}_data.c": _data(facts),
        f"{facts.name}.c": _code(facts, at_once),
    }
    if facts.version[0] >= 6:
        made[f"{facts.name}_config.h"] = _versions(facts)
    if at_once:
        made[f"{facts.name}_data_params.h"] = _sizes(facts)
        made[f"{facts.name}_data_params.c"] = f'#include "{facts.name}_data_params.h"\n'
    return made


def _versions(facts: Facts) -> str:
    names = ("MAJOR", "MINOR", "MICRO")
    return "".join(
        f"#undef AI_TOOLS_VERSION_{name}\n#define AI_TOOLS_VERSION_{name} {number}\n"
        for name, number in zip(names, facts.tools, strict=True)
    )


def _config(facts: Facts) -> str:
    return f'#include "{facts.name}_config.h"\n' if facts.version[0] >= 6 else ""


def _header(facts: Facts, at_once: bool) -> str:
    upper, name = facts.upper, facts.name
    kind = f"AI_BUFFER_FORMAT_{FORMATS[facts.kind][0]}"
    lines = [
        f'#ifndef AI_{upper}_H\n#define AI_{upper}_H\n{_config(facts)}#include "ai_platform.h"',
        f'#define AI_{upper}_MODEL_NAME "{name}"',
        f'#define AI_{upper}_ORIGIN_MODEL_NAME "{facts.network.name}"',
    ]
    for side, count in zip(("IN", "OUT"), facts.sides, strict=True):
        macro = f"AI_{upper}_{side}"
        get = "inputs" if side == "IN" else "outputs"
        lines += [
            f"#define {macro}_NUM (1)",
            f"#define {macro}_1_SIZE (1 * 1 * {count})",
            f"#define {macro}_1_SIZE_BYTES ({macro}_1_SIZE * {facts.item})",
        ]
        if at_once:
            # 7.x has the format in <name>.c alone.
            lines += [f"#define {macro}_1_FORMAT ({kind})"] if facts.version[0] > 7 else []
            lines += [
                f"#define {macro} ai_{name}_{get}_get(AI_HANDLE_NULL, NULL)",
            ]
        else:
            lines += [
                f"#define {macro} {{ \\",
                f"  AI_BUFFER_OBJ_INIT({kind}, 1, 1, {count}, 1, NULL), \\",
                "}",
            ]
    declared = [
        f"ai_error ai_{name}_create(ai_handle *network, const ai_buffer *config);",
        f"ai_bool ai_{name}_init(ai_handle network, const ai_network_params *params);",
        f"ai_error ai_{name}_get_error(ai_handle network);",
        f"ai_i32 ai_{name}_run(ai_handle network, const ai_buffer *input, ai_buffer *output);",
    ]
    if at_once:
        declared += [
            f"ai_error ai_{name}_create_and_init(ai_handle *network,",
            "  const ai_handle activations[], const ai_handle weights[]);",
            f"ai_buffer *ai_{name}_inputs_get(ai_handle network, ai_u16 *count);",
            f"ai_buffer *ai_{name}_outputs_get(ai_handle network, ai_u16 *count);",
        ]
    return "\n".join([*lines, *declared, "#endif\n"])


def _sizes(facts: Facts) -> str:
    macro = f"AI_{facts.upper}_DATA"
    blocks = [
        f"#define {macro}_ACTIVATION_{i}_SIZE ({size})" for i, size in enumerate(facts.blocks, 1)
    ]
    return "\n".join(
        [
            f"#ifndef {macro}_PARAMS_H\n#define {macro}_PARAMS_H",
            f"#define {macro}_CONFIG (NULL)",
            f"#define {macro}_ACTIVATIONS_SIZE ({sum(facts.blocks)})",
            f"#define {macro}_ACTIVATIONS_COUNT ({len(facts.blocks)})",
            *blocks,
            f"#define {macro}_WEIGHTS_SIZE ({len(facts.weights)})",
            "#endif\n",
        ]
    )


def _data_header(facts: Facts, at_once: bool) -> str:
    macro = f"AI_{facts.upper}_DATA"
    head = [f'#ifndef {macro}_H\n#define {macro}_H\n{_config(facts)}#include "ai_platform.h"']
    if at_once:
        head += [f'#include "{facts.name}_data_params.h"']
    else:
        head += [
            f"#define {macro}_CONFIG AI_HANDLE_NULL",
            f"#define {macro}_ACTIVATIONS_SIZE ({facts.arena})",
            f"#define {macro}_WEIGHTS_SIZE ({len(facts.weights)})",
            *(
                f"#define {macro}_{what}(ptr_) AI_BUFFER_OBJ_INIT(AI_BUFFER_FORMAT_U8, 1, 1, "
                f"{macro}_{what}_SIZE, 1, AI_HANDLE_PTR(ptr_))"
                for what in ("ACTIVATIONS", "WEIGHTS")
            ),
        ]
    get = f"ai_handle ai_{facts.name}_data_weights_get(void);"
    return "\n".join([*head, get, "#endif\n"])


def _data(facts: Facts) -> str:
    array = facts.weights_source("AI_ALIGNED(32) static const ai_u32 standin_weights[]")
    return (
        f'#include "{facts.name}_data.h"\n{array}'
        f"ai_handle ai_{facts.name}_data_weights_get(void) {{\n"
        "  return AI_HANDLE_PTR(standin_weights);\n}\n"
    )


def _objects(facts: Facts) -> str:
    """What ST's tools declare of inputs and outputs: arrays, tensors, lists of these."""
    text = ""
    kind = f"AI_ARRAY_FORMAT_{FORMATS[facts.kind][0]}|AI_FMT_FLAG_IS_IO"
    for side, tensor in enumerate(("given_output", "result_output")):
        count = facts.sides[side]
        quantised = f"&{tensor}_intq" if facts.kind != "float32" else "NULL"
        text += (
            f"AI_ARRAY_OBJ_DECLARE(\n  {tensor}_array, {kind},\n"
            f"  NULL, NULL, {count}, AI_STATIC)\n{_quantisation(facts, side, tensor)}"
            f"AI_TENSOR_OBJ_DECLARE(\n  {tensor}, AI_STATIC,\n  0x0, 0x0,\n"
            "  AI_SHAPE_INIT(4, 1, 1, 1, 1), AI_STRIDE_INIT(4, 1, 1, 1, 1),\n"
            f"  1, &{tensor}_array, {quantised})\n"
        )
    return (text + _layers(facts)) + (
        "AI_NETWORK_OBJ_DECLARE(\n"
        f"  AI_TENSOR_LIST_IO_OBJ_INIT(AI_FLAG_NONE, AI_{facts.upper}_IN_NUM, &given_output),\n"
        f"  AI_TENSOR_LIST_IO_OBJ_INIT(AI_FLAG_NONE, AI_{facts.upper}_OUT_NUM, &result_output))\n"
    )


def _layers(facts: Facts) -> str:
    """The chain of nodes, the last first as older tools write it."""
    if not facts.observed:
        return ""
    steps = generate(facts.network).program.steps
    names = [f"{step.layers[0]}_layer" for step in steps]
    functions = [step.kernel.call().function for step in steps]
    following = [*names[1:], names[-1]]
    return "".join(
        f"AI_LAYER_OBJ_DECLARE(\n  {name}, {number},\n  DENSE_TYPE, 0x0, NULL,\n"
        f"  dense, {functions[number]},\n  &{name}_chain,\n"
        f"  &AI_NET_OBJ_INSTANCE, &{after}, AI_STATIC, \n)\n"
        for number, (name, after) in reversed(list(enumerate(zip(names, following, strict=True))))
    )


def _quantisation(facts: Facts, side: int, tensor: str) -> str:
    if facts.kind == "float32":
        return ""
    scale, zero, _ = facts.quantised(side)
    pack = "AI_PACK_UINTQ_ZP" if facts.kind == "uint8" else "AI_PACK_INTQ_ZP"
    return (
        f"AI_INTQ_INFO_LIST_OBJ_DECLARE({tensor}_intq, AI_STATIC_CONST,\n  0, 1,\n"
        f"  AI_PACK_INTQ_INFO(\n    AI_PACK_INTQ_SCALE({scale}f),\n    {pack}({zero})))\n"
    )


def _code(facts: Facts, at_once: bool) -> str:
    name = facts.name
    old_versions = "" if facts.version[0] >= 6 else _versions(facts)
    return (
        f'#include "{name}.h"\n#include "{name}_data.h"\n'
        f'#include "inner.h"\n#include "standin_runtime.h"\n{old_versions}'
        f"/* .n_macc = {facts.macc}, */\n{_objects(facts)}{facts.core()}"
        f"ai_error ai_{name}_get_error(ai_handle network) {{\n"
        "  (void)network;\n  return ai_inner_get_error(layers);\n}\n"
        f"ai_error ai_{name}_create(ai_handle *network, const ai_buffer *config) {{\n"
        "  const ai_error none = AI_ERROR_INIT(NONE, NONE);\n"
        "  const ai_error elsewhere = AI_ERROR_INIT(CREATE_FAILED, NETWORK);\n"
        "  (void)config;\n  *network = &layers;\n"
        "  return standin_on_st_silicon() ? none : elsewhere;\n}\n"
        f"ai_bool ai_{name}_init(ai_handle network, const ai_network_params *params) {{\n"
        "  (void)network;\n"
        "  return layers_start(params->activations.data).type == AI_ERROR_NONE;\n}\n"
        f"ai_i32 ai_{name}_run(ai_handle network, const ai_buffer *input, ai_buffer *output) {{\n"
        "  (void)network;\n  return layers_run(input[0].data, output[0].data);\n}\n"
        + (_buffers(facts) if at_once else "")
    )


def _buffers(facts: Facts) -> str:
    name = facts.name
    inputs = facts.sides[0] * facts.item
    kind = f"AI_BUFFER_FORMAT_{FORMATS[facts.kind][0]}"
    places = (
        f"  given[0].data = activations[1];\n"
        f"  result[0].data = (ai_u8 *)activations[1] + {-(-inputs // 8) * 8};\n"
    )
    return (
        f"static ai_buffer given[] = {{AI_BUFFER_OBJ_INIT({kind}, 1, 1, "
        f"{facts.sides[0]}, 1, NULL)}};\n"
        f"static ai_buffer result[] = {{AI_BUFFER_OBJ_INIT({kind}, 1, 1, "
        f"{facts.sides[1]}, 1, NULL)}};\n"
        f"ai_error ai_{name}_create_and_init(ai_handle *network,\n"
        "    const ai_handle activations[], const ai_handle weights[]) {\n"
        f"  const ai_error error = ai_{name}_create(network, NULL);\n  (void)weights;\n"
        "  if (error.type != AI_ERROR_NONE) return error;\n"
        f"{places if facts.inside else ''}  return layers_start(activations[0]);\n}}\n"
        f"ai_buffer *ai_{name}_inputs_get(ai_handle network, ai_u16 *count) {{\n"
        "  (void)network;\n  if (count) *count = 1;\n  return given;\n}\n"
        f"ai_buffer *ai_{name}_outputs_get(ai_handle network, ai_u16 *count) {{\n"
        "  (void)network;\n  if (count) *count = 1;\n  return result;\n}\n"
    )
