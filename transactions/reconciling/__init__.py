"""Balance checks: what the bank says against the ledger, what may be behind a difference, and the ways out of it."""
