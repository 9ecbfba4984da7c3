"""A person's own data: `files` reads them, `matching` fits them to a network and scores outputs."""
