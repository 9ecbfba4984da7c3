"""The exception model: exception entry and return, faults, sleep.

- `model`: entry and return. `dispatch`: from the core's stop reason to the action.
- `processor`: modes and stacks. `sleep`: WFI and WFE.
- `fault_status`: the status bits of a fault; `fault_report`: the report on it.

The emulator's own exceptions cannot be used; this package follows ARM DDI 0403E, B1.5, and
ARM DDI 0553 for the Cortex-M33.
"""
