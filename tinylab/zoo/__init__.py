"""Model files, and the description of a network that all other packages use.

- `network` is the description; `shapes`, `cost` (parameters, MACC) and `reference` (outputs)
  follow from it. `catalog` has the networks that are included.
- `load` checks files and caches results; `loading_process` runs the process, `worker` is that
  process, `stored` is how a network comes back from it.
- Keras: `keras_file` reads .keras and .h5, after `keras_scan` and `keras_config` have found nothing
  forbidden; `keras_graph`, `keras_settings`, `keras_call`, `keras_weights` take the file apart,
  `keras_layers` and `keras_windows` turn each kind of layer into operations.
- TensorFlow Lite: `tflite_file`, `tflite_graph`, `tflite_operators`. `builder` is the common end.
- `second_opinion` and `keras_worker` have Keras itself read a file, to compare.
"""
