"""The `tinylab` command: everything printed, and the exit codes."""
