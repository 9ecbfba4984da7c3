"""tinylab: a bench for neural networks on Cortex-M microcontrollers, with and without boards."""

__version__ = "0.1.0"
