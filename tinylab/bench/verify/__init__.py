"""`tinylab verify`: compares every layer's tensor on a board with the host's.

- `verification` is one network on one board: prepares `observed_code`, which shows each tensor to
  the host, and drives the board with `observation`.
- `host_steps` executes each step of our code on the host with the tensors that the board had;
  `host_layers` finds the layers that the nodes of ST's code are. `tally` adds up what differs.
- `document` is the result.
"""
