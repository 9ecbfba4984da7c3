"""Timers as time bases (`timer`), and the `rtc`."""
