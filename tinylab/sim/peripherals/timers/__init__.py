"""Timers as time bases (`timer`), the `rtc`, and its wake-up timer (`rtc_wakeup`)."""
