"""Decodes code for a cycle model.

- `decode` converts Capstone's disassembly to `instruction.Instruction`, with `mnemonics`,
  `operands` and `accesses`; `costs` is the record of an instruction's cost on a core.
- `register_effects` and `backward_slice` derive a block's addresses from registers,
  `address_plan` the bytes that it accesses around each.
- `decoded_code` stores the result as rows of the record that compiled code reads.
"""
