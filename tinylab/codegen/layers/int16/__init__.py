"""Kernels of int16 tensors alone: `weighted` layers, and `curves`; others are those of int8."""
