"""How samples leave the board: the mailbox and the ring in its RAM."""
