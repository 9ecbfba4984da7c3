"""Long attacks on tinylab, run by `make campaign`; docs/reliability.md has their last counts.

Each module is one campaign, except `runner`, which runs them, and what several of them use:
`commands` and `announcing`. `TITLE` says what a campaign does, and `attempts` makes one attempt
after another in an empty folder, for as long as it is asked. It yields None for an attempt that
was survived, and a line about what was lost for one that was not. What it yields must be
repeatable from the random numbers that it is given.
"""
