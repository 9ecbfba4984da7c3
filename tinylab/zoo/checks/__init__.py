"""Whether a network can be executed.

- `validation` checks every layer of every format, with `float_layers` for those of floats alone.
- `state_rules` are those of states, which are kept between inferences.
- `type_rules` says which types of tensors each operation may have; `integer_sums` proves that no
  sum of a layer of int8 numbers overflows.
"""
