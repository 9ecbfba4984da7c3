"""Flash algorithms that a virtual board executes as a whole instead of by instruction.

A debugger programs flash by loading such an algorithm into RAM and calling its functions. For
known algorithms, `calls` performs a call at once when it is sure to succeed, with the same effects;
every other call is simulated, so that all errors are those of the algorithm. `known` lists the
algorithms: those of pyOCD and of `probe.flash_algorithms`.
"""
