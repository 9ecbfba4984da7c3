"""The terminal interface's screens, and what every front end makes of a session's events."""
