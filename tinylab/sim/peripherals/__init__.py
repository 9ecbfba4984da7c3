"""The peripherals of the emulated parts, one file each, named as in the reference manuals."""
