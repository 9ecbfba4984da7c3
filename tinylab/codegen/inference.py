"""The generated function that runs one inference: shapes of the layers, then their calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tinylab.codegen import writer
from tinylab.codegen.arena import Plan
from tinylab.codegen.layers.kernel import Call
from tinylab.codegen.lower import Program, Step
from tinylab.codegen.weights import Placed, Weights
from tinylab.codegen.writer import comment, number, structure
from tinylab.zoo.network import Shape

OBSERVER = "tinylab_observer.h"


def inference(
    program: Program,
    plan: Plan,
    weights: Weights,
    macc: Sequence[int],
    *,
    observed: bool = False,
) -> str:
    """C text: a shape structure for each step that has one, then `infer`.

    `macc`: of each step, for the comments.
    If `observed`, it shows each tensor to the host: `tl_observe(step's number, tensor, bytes)`.
    """
    shapes = [_shape(number, step) for number, step in enumerate(program.steps, 1)]
    calls = list(_calls(program, plan, weights, macc, observed=observed))
    return "\n".join(
        [
            *([f'#include "{OBSERVER}"\n'] if observed else []),
            *filter(None, shapes),
            *_scratch(plan),
            "static void infer(const void *weights, void *activations, const ai_buffer *inputs,",
            "                  const ai_buffer *outputs, ai_u32 batch) {",
            *(f"  {line}" for line in _unused(program, plan, weights)),
            *calls,
            "}",
            *_reset(program, plan, weights),
        ]
    )


def _scratch(plan: Plan) -> Iterator[str]:
    """The memory that kernels use one after the other, if it is not a part of the activations."""
    if plan.scratch_bytes:
        yield '__attribute__((section(".scratch"), aligned(32)))'
        yield f"static ai_u8 scratch[{plan.scratch_bytes}];"
        yield ""


def _reset(program: Program, plan: Plan, weights: Weights) -> Iterator[str]:
    """The function that gives the states their first elements, if there are states."""
    if not program.states:
        return
    yield ""
    yield "static void reset(const void *weights, void *activations) {"
    if not weights.states:
        yield "  (void)weights;"
    for name, initial in program.states.items():
        at = f"TL_AT(activations, {plan.states[name]})"
        if name in weights.states:
            source = f"TL_IN(weights, {weights.states[name]})"
            yield f"  memcpy({at}, {source}, {len(initial)});"
        else:
            yield f"  memset({at}, {initial[0]}, {len(initial)}); /* {comment(name)} */"
    yield "}"


def title(step: Step) -> str:
    """`conv2d, max_pooling2d: (28, 28, 1) -> (14, 14, 64)`, safe inside a comment."""
    before, after = map(_dimensions, step.shapes)
    return f"{comment(', '.join(step.layers))}: {before} -> {after}"


def _dimensions(shape: Shape) -> str:
    return f"({', '.join(map(str, shape))})"


def _shape(place: int, step: Step) -> str:
    call = step.kernel.call()
    if not call.shape:
        return ""
    declaration = f"static const {call.shape_type} shape_{place} = {structure(call.shape)};"
    return f"/* {place}. {title(step)} */\n{declaration}\n"


def _unused(program: Program, plan: Plan, weights: Weights) -> Iterator[str]:
    if not weights.data or weights.states:  # what states begin with may be all that it has
        yield "(void)weights;"
    if not plan.bytes:
        yield "(void)activations;"
    if not any(name in program.inputs for step in program.steps for name in step.inputs):
        yield "(void)inputs;"


def _cost(macc: int, total: int) -> str:
    """`1,605,632 MACC, 88.1 %` of all."""
    return f"{macc:,} MACC, {100 * macc / total:.1f} %" if total else f"{macc:,} MACC"


def _calls(
    program: Program, plan: Plan, weights: Weights, macc: Sequence[int], *, observed: bool
) -> Iterator[str]:
    def tensor(name: str) -> str:
        if name in weights.constants:
            return f"TL_IN(weights, {weights.constants[name]})"
        if name in program.states:
            return f"TL_AT(activations, {plan.states[name]})"
        if name in program.inputs:
            index = program.inputs.index(name)
            return f"TL_IN(inputs[{index}].data, {program.input_bytes[index]} * batch)"
        if name in program.outputs:
            index = program.outputs.index(name)
            return f"TL_AT(outputs[{index}].data, {program.sizes[name]} * batch)"
        return f"TL_AT(activations, {plan.offsets[name]})"

    arena = "scratch" if plan.scratch_bytes else "activations"
    output_needed = False
    for place, step in enumerate(program.steps, 1):
        call = step.kernel.call()
        if step.output in program.outputs and not output_needed:
            output_needed = True
            yield "  if (outputs == NULL) return;"
        arguments = [
            *([f"&shape_{place}"] if call.shape else []),
            *map(number, call.numbers),
            *_inputs(call, list(map(tensor, step.inputs))),
            *map(_parameter, weights.of_step[place - 1]),
            *(map(tensor, step.states) if step.states else ["NULL"] * step.kernel.states()),
            *([f"TL_AT({arena}, {plan.scratch[place - 1]})"] if place - 1 in plan.scratch else []),
            tensor(step.output),
        ]
        yield f"  /* {place}. {title(step)}: {_cost(macc[place - 1], sum(macc))} */"
        yield writer.call(call.function, arguments)
        if observed:
            shown = [str(place), tensor(step.output), str(step.operands[1].bytes)]
            yield writer.call("tl_observe", shown)


def _inputs(call: Call, tensors: list[str]) -> list[str]:
    if not call.inputs_as_array:
        return tensors
    return [f"(const void *const[]){{{', '.join(tensors)}}}"]


def _parameter(placed: Placed) -> str:
    return f"TL_IN(weights, {placed.offset})"
