"""The terminal interface's screens.

- `app_context`: what the interface is opened with. `keys`: every key. `themes`: colours.
- `bench` is the main screen, with `bench_text` for its fixed texts, `widgets` for its panes, and
  `bench_pages` for what it opens.
- State: `selection` (stations, models, what is ticked), `sessions` (one at a time), `live` (the
  running one), `ledger` (the results of all of them).
- Pages on top of it: `page` is their base, `pages` opens them; `run_view`, `history_page`,
  `settings_page`, `doctor_page`, `dialogs`, `data_dialog`; `picture` draws the screen for a report.
- `threads` run in the background and post `messages`; `imports` loads heavy modules there.
- `foreign_text` shows names and messages from elsewhere; the terminal does not act on them.
- `error_boundary` turns an exception in a part of the screen into a dialog.
"""
