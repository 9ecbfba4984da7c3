"""The generated function that runs one inference: shapes of the layers, then their calls."""

from __future__ import annotations

from collections.abc import Iterator

from tinylab.codegen import writer
from tinylab.codegen.arena import Plan
from tinylab.codegen.lower import Program, Step
from tinylab.codegen.weights import ALIGNMENT, Placed, Weights
from tinylab.codegen.writer import comment, number, structure
from tinylab.zoo.network import INPUT, Shape


def inference(program: Program, plan: Plan, weights: Weights) -> str:
    """C text: a shape structure for each step that has one, then `infer`."""
    shapes = [_shape(number, step) for number, step in enumerate(program.steps, 1)]
    calls = list(_calls(program, plan, weights))
    return "\n".join(
        [
            *filter(None, shapes),
            "static void infer(const float *weights, float *activations, const float *input,",
            "                  float *output) {",
            *(f"  {line}" for line in _unused(program, plan, weights)),
            *calls,
            "}",
        ]
    )


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
    if not weights.data:
        yield "(void)weights;"
    if not plan.elements:
        yield "(void)activations;"
    if not any(INPUT in step.inputs for step in program.steps):
        yield "(void)input;"


def _calls(program: Program, plan: Plan, weights: Weights) -> Iterator[str]:
    def tensor(name: str) -> str:
        if name in (INPUT, program.output):
            return "input" if name == INPUT else "output"
        return f"activations + {plan.offsets[name]}"

    output_needed = False
    for place, step in enumerate(program.steps, 1):
        call = step.kernel.call()
        if step.output == program.output and not output_needed:
            output_needed = True
            yield "  if (output == NULL) return;"
        arguments = [
            *([f"&shape_{place}"] if call.shape else []),
            *map(number, call.numbers),
            *map(tensor, step.inputs),
            *map(_parameter, weights.of_step[place - 1]),
            tensor(step.output),
        ]
        yield f"  /* {place}. {title(step)} */"
        yield writer.call(call.function, arguments)


def _parameter(placed: Placed) -> str:
    address = f"weights + {placed.offset // ALIGNMENT}"
    c_type = placed.parameter.c_type
    return address if c_type == "float" else f"(const {c_type} *)({address})"
