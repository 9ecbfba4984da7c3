"""PWR of each family: supply, voltage scaling, over-drive: `pwr_*`."""
