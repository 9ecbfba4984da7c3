"""Which boards, types and optimisations run a model within a deadline.

- `search`: simulates the candidates at the clocks where their cycles change.
- `verdicts`: from the cycles at each clock to the fastest and the slowest clock that will do.
- `document`: all of it as JSON.
"""
