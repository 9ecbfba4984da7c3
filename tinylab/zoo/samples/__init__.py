"""A person's own data: `files` and `tables` read them, `matching` fits them to a network."""
