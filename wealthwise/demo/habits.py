"""The tables behind the invented household: accounts, bills, habits and the plan. Shops are invented too."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

Filed = tuple[str, str]  # names of a category and its subcategory


@dataclass(frozen=True, slots=True)
class AccountSeed:
    name: str
    account_type: str
    bank_name: str
    number_last4: str
    opening: Decimal


@dataclass(frozen=True, slots=True)
class Bill:
    """Due each month on ``day``; ``amount`` in rand varies by up to ``spread`` per cent."""

    day: int
    account: str
    filed: Filed
    amount: Decimal
    description: str
    spread: int = 0


@dataclass(frozen=True, slots=True)
class Habit:
    """Happens on a weekday (Monday first) with that chance, for between ``low`` and ``high`` rand."""

    account: str
    filed: Filed
    chances: tuple[float, float, float, float, float, float, float]
    low: int
    high: int
    places: tuple[str, ...]


ACCOUNTS: Final = {
    "everyday": AccountSeed("Everyday account", "checking", "Ubuntu Bank", "4410", Decimal("30350.00")),
    "savings": AccountSeed("Rainy day savings", "savings", "Ubuntu Bank", "7782", Decimal("42000.00")),
    "card": AccountSeed("Credit card", "credit", "Ubuntu Bank", "0935", Decimal("-9815.40")),
    "cash": AccountSeed("Wallet", "cash", "", "", Decimal("620.00")),
    "invested": AccountSeed("Unit trust", "investment", "Baobab Funds", "1204", Decimal("96400.00")),
}

FOOD: Final = ("Groceries", "Food & Home Essentials")
DINING: Final = ("Groceries", "Dining out")
HOUSING: Final = "Housing"
CAR: Final = "Transportation"
MONTHLY: Final = "Monthly Commitments"
LEISURE: Final = "Leisure/Entertainment"
CARE: Final = "Personal Care"
HEALTH: Final = "Health"
OUTINGS: Final = (LEISURE, "Weekend adventures")

BILLS: Final = (
    Bill(1, "everyday", (HOUSING, "Mortgage/Rent"), Decimal(15800), "Rent, 12 Acacia Road"),
    Bill(1, "everyday", (HEALTH, "Medical aid"), Decimal(3950), "Medical aid"),
    Bill(2, "everyday", (CAR, "Insurance"), Decimal(1180), "Car insurance"),
    Bill(2, "everyday", (HOUSING, "Home Insurance"), Decimal(385), "Household insurance"),
    Bill(3, "everyday", (CAR, "Loan repayment"), Decimal(4350), "Car loan"),
    Bill(4, "card", (LEISURE, "Spotify"), Decimal("89.99"), "Spotify Duo"),
    Bill(5, "card", (HOUSING, "Internet"), Decimal(899), "Fibre line"),
    Bill(5, "everyday", ("Savings Goals", "Retirement annuity"), Decimal(2500), "Retirement annuity"),
    Bill(6, "everyday", (CAR, "Car Tracker"), Decimal(189), "Car tracker"),
    Bill(7, "card", (CARE, "Gym membership"), Decimal(620), "Gym, two memberships"),
    Bill(8, "everyday", ("Giving", "Social Responsibility"), Decimal(300), "Ikhaya Children's Home"),
    Bill(9, "card", (HOUSING, "Electricity Bill"), Decimal(540), "Prepaid electricity", 15),
    Bill(10, "everyday", (HOUSING, "Water Bill"), Decimal(480), "Municipality, water", 18),
    Bill(12, "card", (LEISURE, "Streaming"), Decimal(199), "Film streaming"),
    Bill(15, "everyday", (MONTHLY, "Life cover"), Decimal(740), "Life cover"),
    Bill(15, "everyday", (MONTHLY, "Funeral Plan"), Decimal(145), "Funeral plan"),
    Bill(19, "card", (HOUSING, "Electricity Bill"), Decimal(480), "Prepaid electricity", 20),
    Bill(20, "card", (LEISURE, "Streaming"), Decimal(99), "Series streaming"),
    Bill(28, "everyday", (MONTHLY, "Monthly Banking Fees"), Decimal(119), "Account fee"),
    Bill(28, "card", (HOUSING, "Electricity Bill"), Decimal(450), "Prepaid electricity", 20),
    Bill(28, "savings", (MONTHLY, "Monthly Banking Fees"), Decimal("12.50"), "Savings account fee"),
)

HABITS: Final = (
    Habit("card", FOOD, (0.12, 0.2, 0.15, 0.2, 0.15, 0.95, 0.1), 620, 1290, ("Harvest Market", "Fresh Basket")),
    Habit("card", FOOD, (0.3, 0.25, 0.6, 0.25, 0.4, 0.2, 0.3), 65, 290, ("Corner Grocer", "Fresh Basket", "Bakery")),
    Habit(
        "card", DINING, (0.04, 0.06, 0.08, 0.1, 0.6, 0.3, 0.3), 190, 540, ("Casa Lucia", "Noodle House", "The Grill")
    ),
    Habit("card", DINING, (0.4, 0.35, 0.4, 0.35, 0.45, 0.2, 0.1), 34, 72, ("Blue Crane Coffee", "Station Kiosk")),
    Habit(
        "card", (CAR, "Fuel"), (0.35, 0.1, 0.05, 0.1, 0.35, 0.1, 0.02), 480, 860, ("Highway Fuel", "Garage, Main Road")
    ),
    Habit("cash", (CAR, "Car wash"), (0.0, 0.0, 0.0, 0.0, 0.05, 0.3, 0.05), 80, 130, ("Sunny Car Wash",)),
    Habit("cash", OUTINGS, (0.0, 0.0, 0.0, 0.0, 0.05, 0.4, 0.4), 40, 150, ("Craft market", "Parking", "Ice cream")),
    Habit(
        "card", OUTINGS, (0.0, 0.0, 0.02, 0.02, 0.05, 0.22, 0.18), 140, 640, ("Cinema", "Climbing wall", "Day trip")
    ),
    Habit(
        "card", (CARE, "Clothing"), (0.02, 0.02, 0.02, 0.03, 0.04, 0.14, 0.05), 190, 1150, ("Thread & Co", "Shoe Room")
    ),
    Habit(
        "card", (CARE, "Haircuts"), (0.0, 0.02, 0.02, 0.04, 0.05, 0.1, 0.0), 170, 420, ("Kutz Barber", "Salon Amara")
    ),
    Habit("card", (HEALTH, "Pharmacy"), (0.1, 0.06, 0.08, 0.06, 0.08, 0.1, 0.03), 48, 310, ("Wellspring Pharmacy",)),
    Habit(
        "card", (HEALTH, "Doctor"), (0.03, 0.03, 0.02, 0.02, 0.02, 0.0, 0.0), 480, 820, ("Dr Naidoo", "Physio Rooms")
    ),
    Habit(
        "card",
        (HOUSING, "Home maintenance"),
        (0.01, 0.01, 0.01, 0.02, 0.02, 0.08, 0.02),
        90,
        620,
        ("Nut & Bolt", "Garden centre"),
    ),
)

# What each pay cycle sets aside, in rand.
PLAN: Final[dict[Filed, int]] = {
    ("Giving", "Social Responsibility"): 300,
    FOOD: 9800,
    DINING: 3000,
    (HOUSING, "Mortgage/Rent"): 15800,
    (HOUSING, "Electricity Bill"): 1550,
    (HOUSING, "Water Bill"): 520,
    (HOUSING, "Home maintenance"): 700,
    (HOUSING, "Home Insurance"): 385,
    (HOUSING, "Internet"): 899,
    (CAR, "Loan repayment"): 4350,
    (CAR, "Insurance"): 1180,
    (CAR, "Fuel"): 3200,
    (CAR, "Car Tracker"): 189,
    (CAR, "Car wash"): 220,
    (MONTHLY, "Life cover"): 740,
    (MONTHLY, "Funeral Plan"): 145,
    (MONTHLY, "Monthly Banking Fees"): 140,
    (LEISURE, "Spotify"): 90,
    (LEISURE, "Streaming"): 300,
    (LEISURE, "Weekend adventures"): 1500,
    (CARE, "Gym membership"): 620,
    (CARE, "Haircuts"): 450,
    (CARE, "Clothing"): 1000,
    (HEALTH, "Medical aid"): 3950,
    (HEALTH, "Pharmacy"): 450,
    (HEALTH, "Doctor"): 600,
    ("Savings Goals", "Retirement annuity"): 2500,
    ("Once-off expenses", "Emergency"): 1500,
}
SALARIES: Final = {"Naledi's salary": 35404, "Tom's salary": 26900}
