"""The pieces that the screens are made of; they draw their data and compute nothing.

- `selection_pane` is the left side: `stations`, `models`, `clock`, on a `pick_list`.
- `live_pane` shows the running measurement, with `plot`; `results_pane` the two tables.
- `stable_text` is text that is drawn again only when it has changed.
"""
