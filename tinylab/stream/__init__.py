"""How samples leave the board: the mailbox and the ring in its RAM, or frames on a serial port.

- `frames` defines the format; the firmware's header is made from it.
- `ring` reads mailbox and ring over SWD. `decoder` finds frames in a serial stream, and `uart` puts
  the frames of one request together. `mlperf` is MLPerf Tiny's protocol, host side.
"""
