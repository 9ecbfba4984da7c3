"""Model files, and the description of a network that all other packages use."""
