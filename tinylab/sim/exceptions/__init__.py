"""The exception model: taking exceptions, returning from them, faults, sleep.

- `model`: entry and return. `dispatch`: from why the core stopped to what to do about it.
- `processor`: modes and stacks. `sleep`: WFI and WFE.
- `fault_status`: the status bits of a fault; `fault_report`: what to tell about it.

The emulator has no exceptions of its own that could be used; what is here follows ARM DDI 0403E,
B1.5, and ARM DDI 0553 for the Cortex-M33.
"""
