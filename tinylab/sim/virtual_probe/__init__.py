"""A virtual ST-Link, met by pyOCD's own code at USB level.

- `usb_bus`: pyusb's backend with virtual devices beside the real ones; `usb_device`: descriptors.
- `stlink`: the commands that host software sends; `stlink_kinds`: how the ten kinds differ.
- `debug_port`: DP, AHB-AP and the bus behind them. `vcp`: the virtual COM port.
- `virtual_station`: a board ready to be plugged in.
"""
