"""Model files that are valid (`small`), damaged (`damage`), and what became of them (`verdict`)."""
