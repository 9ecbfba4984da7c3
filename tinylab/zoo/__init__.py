"""Model files, and the one description of a network that all else works on."""
