"""The functions that execute a network's layers."""

from __future__ import annotations

from tinylab.codegen.generate import generate
from tinylab.codegen.layer_calls import layer_calls
from tinylab.zoo import catalog, cost, load


def test_every_call_of_the_program_has_its_layers_and_their_cost() -> None:
    found = catalog.find("image_classification")
    assert isinstance(found, catalog.CatalogModel)
    network = load.load(found.keras)
    generated = generate(network)
    program = generated.program
    layers = layer_calls(network, generated.network, program)
    assert layers.inference == "ai_network_run"
    assert [call.name for call in layers.calls] == [", ".join(one.layers) for one in program.steps]
    assert layers.calls[0].function == "tl_conv_max_pool_f32"
    assert sum(call.macc or 0 for call in layers.calls) == cost.macc(network)
    assert layers.functions == {"ai_network_run", *(call.function for call in layers.calls)}
