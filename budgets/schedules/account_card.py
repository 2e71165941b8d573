"""What is due in an account, on its page: this app's side of the hook in transactions.account."""

from accounts.models import Account, User
from budgets.periods.active import standing_of
from budgets.schedules.upcoming import upcoming_of
from transactions.account.hooks import AccountCard
from wealthwise.core.days import today_of


def due_in(user: User, account: Account) -> AccountCard | None:
    """One statement; the pay day, up to which it looks, is that of the person."""
    active = standing_of(user).active
    upcoming = upcoming_of(user, today_of(user), active.end_date if active else None).narrowed(account.pk)
    if not upcoming.accounts:
        return None
    return AccountCard("budgets/schedules/account_card.html", {"upcoming": upcoming, "currency": user.currency})
