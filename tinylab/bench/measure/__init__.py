"""One measurement on a board that runs our firmware.

- `link_choice`: over SWD or the serial port, and the other one when the first fails.
- `measurement`: request, samples, checks of clock and outputs.
- `sample_readers`: how samples come off the board, one reader for each link.
- `board_health`: whether it is our image, whether it is well, why it is silent.
- `garbage_collection`: keeps Python's collector from stopping all threads meanwhile.
"""
