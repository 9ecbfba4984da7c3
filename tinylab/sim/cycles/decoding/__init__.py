"""From code to what a cycle model must know of it.

- `decode` makes `instruction.Instruction` of Capstone's disassembly, with `mnemonics`, `operands`
  and `accesses`; `costs` is the form of what an instruction costs on a core.
- `register_effects` and `backward_slice` work out how a block's addresses follow from registers.
- `decoded_code` keeps all of that as rows of the record that compiled code reads.
"""
