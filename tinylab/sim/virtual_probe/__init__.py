"""A virtual ST-Link, accessed by pyOCD's own code at USB level.

- `usb_bus`: a pyusb backend with virtual and real devices; `usb_device`: descriptors.
- `stlink`: the commands that host software sends; `stlink_kinds`: how the ten kinds differ.
- `debug_port`: DP, AHB-AP and the bus behind them. `vcp`: the virtual COM port.
- `virtual_station`: a board ready to be attached.
"""
