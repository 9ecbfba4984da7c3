"""Timers as time bases, and the RTC."""
