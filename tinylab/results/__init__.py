"""Records of runs, and their database."""
