"""Plans, and the session that carries them out."""
