"""Executes networks on the host: the outputs that boards are compared with.

- `reference` executes a network; `integer` has its layers of quantised tensors, `floats` some kinds
  of float layers. `windows` slide over tensors of both, `moves` moves their elements, `resizing`
  makes images of other sizes; `curves` are functions of floats, `pairs` those of two. `stepping`
  runs layers that may keep states, `memory` keeps a network's states from one sample to the next.
"""
