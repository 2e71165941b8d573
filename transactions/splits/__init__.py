"""Splits: a row of the ledger that becomes several, each with its own amount and category, and one row again."""
