"""Tags: what rows of the ledger have in common, whatever they are filed under."""
