"""What Unicorn calls while code runs, compiled.

- `tracing` finds the block that runs; `access_prediction` works out its addresses before it does,
  `instruction_hooks` note them where that fails; `device_reads` serve reads of devices.
- `blocks` is the frame that the cores' `on_block` share.
"""
