"""`tinylab bench-core`."""
