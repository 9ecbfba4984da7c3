"""How samples are transferred from the board: over SWD from its RAM, or over a serial port.

- `frames` defines the protocol; the firmware's header is rendered from it.
- `ring` reads the mailbox and the ring buffer over SWD. `decoder` finds frames in a serial stream,
  and `uart` collects the frames of one request. `mlperf` is the host's side of MLPerf Tiny's
  protocol. `observer` defines how an image shows the tensors of its layers.
"""
