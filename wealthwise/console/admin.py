"""Where Django looks for the console's screens: importing them registers them."""

from wealthwise.console.screens import budgets, ledger, own, people

__all__ = ["budgets", "ledger", "own", "people"]
