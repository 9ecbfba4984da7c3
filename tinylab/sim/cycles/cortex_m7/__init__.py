"""Cortex-M7: six stages, two instructions a cycle in order, caches, tightly coupled memory."""
