"""One measurement on a board that runs our firmware.

- `link_choice`: over SWD or the serial port, and the other one when the first fails.
- `measurement`: request, samples, checks of clock and outputs.
- `sample_readers`: read samples from the board, one class per link.
- `board_health`: checks the image and the core, and finds out why a board is silent.
- `layer_timer` times each layer on a virtual board; `model_counter` counts with its cycle model.
- `garbage_collection`: keeps Python's collector from stopping all threads meanwhile.
"""
