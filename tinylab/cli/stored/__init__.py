"""The commands for stored runs, and baselines.

- `selection`: runs by the names that users give them. `history` lists, notes, tags and deletes
  them, `changes` says when a figure moved; `compare` compares them, `export` writes them.
- `like` measures runs again; `manifest` writes and checks hashes of a folder.
- `baseline` compares the results of `tinylab run` with earlier ones.
"""
