"""PWR of each family: supply, voltage scaling, over-drive: `pwr_*`; and its `deep_sleep` modes."""
