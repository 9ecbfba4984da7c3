"""Results as people and programs take them away: tables, documents, pictures."""
