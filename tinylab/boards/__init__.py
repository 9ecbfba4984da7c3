"""Boards and their clocks, as data with sources."""
