"""The categories that a new user is offered. Names are unique, so they identify a default."""

from typing import NamedTuple


class DefaultCategory(NamedTuple):
    name: str
    kind: str
    subcategories: tuple[str, ...]


DEFAULT_CATEGORIES = (
    DefaultCategory("Giving", "expense", ("Tithe", "Offering", "Social Responsibility")),
    DefaultCategory("Groceries", "expense", ("Food & Home Essentials", "Dining out")),
    DefaultCategory(
        "Housing",
        "expense",
        (
            "Mortgage/Rent",
            "HOA Fees/Levies",
            "Electricity Bill",
            "Water Bill",
            "Home maintenance",
            "Home Insurance",
            "Internet",
        ),
    ),
    DefaultCategory("Transportation", "expense", ("Loan repayment", "Insurance", "Fuel", "Car Tracker", "Car wash")),
    DefaultCategory(
        "Monthly Commitments",
        "expense",
        ("Life cover", "Funeral Plan", "Credit card repayment", "Monthly Banking Fees"),
    ),
    DefaultCategory("Leisure/Entertainment", "expense", ("Spotify", "Weekend adventures")),
    DefaultCategory("Personal Care", "expense", ("Gym membership", "Haircuts", "Clothing")),
    DefaultCategory("Savings Goals", "expense", ("Emergency fund", "General Savings", "Short term goal")),
    DefaultCategory("Once-off expenses", "expense", ("Asset purchase", "Emergency")),
    DefaultCategory("Income", "income", ("Salary", "Refunds", "Interest", "Other income")),
)
