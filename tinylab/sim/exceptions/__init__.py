"""The exception model: taking exceptions, returning from them, faults, sleep.

The emulator has none of it. It stops where an exception is to be taken, at an SVC, at a
branch to an EXC_RETURN value and at a fault; from there on this package does what the
hardware would, on registers and stack (ARM DDI 0403, B1.5).
"""
