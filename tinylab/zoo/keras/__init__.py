"""Reads .keras and .h5 files without Keras.

- `model_file` is the reader. `scan` and `config` first search the file for what is forbidden,
  `heap_scan` for damage at which the HDF5 library would never end. `stock` has the names of Keras'
  own classes.
- `graph`, `connections`, `layer_settings`, `call_arguments` and `weights` take the file apart.
- `layers`, `windows`, `elementwise`, `rearranging`, `recurrent` and `activations` turn each kind of
  layer into operations.
- `second_opinion_worker` is the process in which Keras itself reads a file.
"""
