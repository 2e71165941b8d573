"""Rows for tests. Each takes only what a test is about; everything else has a plain default."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import Client

from accounts.models import Account, User
from accounts.people.sessions import SessionStore
from budgets.models import Budget, BudgetPeriod, Schedule
from transactions.models import Category, Subcategory, Transaction
from wealthwise.core.caching import forget

WHO_ASKS = 1  # statement of each page of somebody who is signed in: the session, with the person's generation
PASSWORD = "Long-Enough-2026!"


def make_user(username: str = "owner", **fields: Any) -> User:
    """An onboarded user with a verified address and PASSWORD."""
    from allauth.account.models import EmailAddress

    defaults = {"email": f"{username}@example.com", "first_name": username.title(), "onboarding_step": 5}
    user = User(username=username, **(defaults | fields))
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def signed_in(user: User) -> Client:
    """A client with a session of ``user``, as signing in leaves it behind."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    return client


def make_account(user: User, name: str = "Current", opening: str = "0", **fields: Any) -> Account:
    """An account that had ``opening`` before all that tests book, unless ``fields`` say another anchor."""
    if fields.get("is_active") is False:
        fields.setdefault("closed_on", date(2026, 1, 1))
    anchor = {"anchored_on": date(1999, 12, 31), "anchor_balance": Decimal(opening)}
    account = Account.objects.create(user=user, name=name, **(anchor | fields))
    account.refresh_from_db()
    forget(user.pk)
    return account


def make_category(user: User, name: str = "Food", kind: str = "expense") -> Category:
    forget(user.pk)
    named = {"user": user, "name": name}
    return Category.objects.filter(**named).first() or Category.objects.create(**named, kind=kind)


def make_subcategory(
    user: User, name: str = "Groceries", category: str = "Food", kind: str = "expense"
) -> Subcategory:
    named = {"user": user, "category": make_category(user, category, kind), "name": name}
    return Subcategory.objects.filter(**named).first() or Subcategory.objects.create(**named)


def at(user: User, day: date | str, hour: int = 12) -> datetime:
    """``day`` at ``hour`` o'clock in the user's zone."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(user.time_zone))


def make_transaction(
    user: User, amount: str = "-12.50", day: date | str = "2026-03-15", description: str = "Corner shop", **fields: Any
) -> Transaction:
    """Booked on ``day``, or at ``transaction_date`` in the user's zone."""
    dated = booked_at(user, fields.pop("transaction_date", None) or at(user, day))
    return Transaction.objects.create(user=user, amount=Decimal(amount), description=description, **(dated | fields))


def booked_at(user: User, timestamp: datetime) -> dict[str, Any]:
    """The day, the time and the timestamp of a row that its owner books at ``timestamp``; noon is no time."""
    local = timestamp.astimezone(ZoneInfo(user.time_zone))
    clock = None if local.time() == time(12) else local.time()
    return {"booked_on": local.date(), "booked_time": clock, "transaction_date": timestamp}


def make_period(
    user: User, start: str = "2026-03-01", end: str = "2026-03-31", *, active: bool = True, **fields: Any
) -> BudgetPeriod:
    """A period with its (empty) budget."""
    fields.setdefault("name", "March 2026")
    period = BudgetPeriod.objects.create(
        user=user, start_date=date.fromisoformat(start), end_date=date.fromisoformat(end), is_active=active, **fields
    )
    Budget.objects.create(user=user, period=period)
    forget(user.pk)
    return period


def make_schedule(user: User, amount: str = "-650", starts_on: str = "2026-01-01", **fields: Any) -> Schedule:
    """Rent that is due every month, on the day on which it begins, to the cent."""
    given = {"description": "Rent", "cycle": "day", "months": 1, "anchor": date.fromisoformat(starts_on)}
    fields.setdefault("account", Account.objects.filter(user=user).first() or make_account(user))
    starts = {"starts_on": date.fromisoformat(starts_on), "amount": Decimal(amount)}
    return Schedule.objects.create(user=user, **(given | starts | fields))
