"""Cortex-M4: three stages, one instruction at a time, code and data behind the ART."""
