"""Virtual boards: an emulated Cortex-M behind an emulated ST-Link, with predicted cycles."""
