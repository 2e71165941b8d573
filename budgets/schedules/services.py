"""Writes to schedules, and what a person says of single due days.

Locks are taken in the order of the ledger: subcategories, the account, the schedule.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import Account, User
from budgets.budget.services import hold_subcategories
from budgets.models import Schedule, ScheduleAnswer
from budgets.schedules.proposals import proposals
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError, NotFound, RefusedAmount, within_limits
from wealthwise.core.money import MAX_AMOUNT
from wealthwise.core.periods import Cycle


class AlreadyScheduled(DomainError):
    """There is another with the same account, description, amount and days."""


class NotDue(DomainError):
    """It is not due on that day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleTerms:
    """What a person says of a schedule; the amount is signed."""

    account_id: int
    subcategory_id: int | None
    description: str
    amount: Decimal
    is_exact: bool
    cycle: Cycle
    starts_on: date

    def columns(self) -> dict[str, object]:
        if not 0 < abs(self.amount) <= MAX_AMOUNT:
            raise RefusedAmount(f"The amount must be above zero and at most {MAX_AMOUNT:,}.")
        return {
            "account_id": self.account_id,
            "subcategory_id": self.subcategory_id,
            "description": self.description,
            "amount": self.amount,
            "is_exact": self.is_exact,
            "cycle": self.cycle.kind,
            "months": self.cycle.length if self.cycle.is_of_months else None,
            "anchor": self.cycle.anchor,
            "starts_on": self.starts_on,
        }


@within_limits()
@transaction.atomic
def add_schedule(*, user: User, terms: ScheduleTerms) -> Schedule:
    """Raises AlreadyScheduled, NotFound or RefusedAmount."""
    _hold(user, terms)
    try:
        with transaction.atomic():
            return Schedule.objects.create(user=user, **terms.columns())
    except IntegrityError as error:
        raise _ALREADY from error


@transaction.atomic
def update_schedule(*, user: User, schedule_id: int, terms: ScheduleTerms) -> None:
    """What was said of single days stays. Raises AlreadyScheduled, NotFound or RefusedAmount."""
    _hold(user, terms)
    try:
        with transaction.atomic():
            changed = Schedule.objects.for_user(user).filter(pk=schedule_id).update(**terms.columns())
    except IntegrityError as error:
        raise _ALREADY from error
    _found(changed)


@transaction.atomic
def set_schedule_active(*, user: User, schedule_id: int, is_active: bool) -> None:
    """Pause or resume. Raises NotFound."""
    state = Schedule.State.ACTIVE if is_active else Schedule.State.PAUSED
    _found(Schedule.objects.for_user(user).filter(pk=schedule_id).update(state=state))


@transaction.atomic
def delete_schedule(*, user: User, schedule_id: int) -> None:
    """Delete it with its answers; what was dismissed can be proposed again. Raises NotFound."""
    _found(Schedule.objects.for_user(user).filter(pk=schedule_id).delete()[0])


@within_limits()
@transaction.atomic
def answer_proposal(*, user: User, key: str, accept: bool) -> Schedule:
    """Make a schedule of what the ledger proposes under that key, or one that is never proposed again.

    The proposal is worked out anew. Twice at once it is stored once. Raises NotFound when there is none.
    """
    proposal = next((each for each in proposals(user, today_of(user)) if each.key == key), None)
    if proposal is None:
        raise NotFound("That proposal is no longer there.")
    if proposal.subcategory_id:
        hold_subcategories(user, {proposal.subcategory_id})
    _hold_account(user, proposal.account_id)
    state = Schedule.State.ACTIVE if accept else Schedule.State.DISMISSED
    known = Schedule.objects.for_user(user).like(proposal.account_id, proposal.name, proposal.direction).first()
    if known is None:
        known = proposal.schedule(user, state)
        known.save(force_insert=True)
    return known


@transaction.atomic
def answer_due_day(*, user: User, schedule_id: int, day: date, is_paid: bool | None) -> None:
    """Say that a due day is settled or is not, whatever the ledger says; with None, go by the ledger again.

    Raises NotFound, or NotDue for a day on which it is not due.
    """
    schedule = Schedule.objects.for_user(user).filter(pk=schedule_id).select_for_update(no_key=True).first()
    if schedule is None:
        raise _GONE
    if day < schedule.starts_on or not schedule.known_cycle.fits(day):
        raise NotDue("It is not due on that day.")
    if is_paid is None:
        ScheduleAnswer.objects.for_user(user).filter(schedule=schedule, due_on=day).delete()
        return
    ScheduleAnswer.objects.bulk_create(
        [ScheduleAnswer(user=user, schedule=schedule, due_on=day, is_paid=is_paid)],
        update_conflicts=True,
        unique_fields=["user", "schedule", "due_on"],
        update_fields=["is_paid"],
    )


_GONE = NotFound("That is no longer there.")
_ALREADY = AlreadyScheduled("There is one with the same account, description, amount and days already.")


def _hold(user: User, terms: ScheduleTerms) -> None:
    """Account and subcategory stay until the transaction ends, and are the user's."""
    if terms.subcategory_id:
        hold_subcategories(user, {terms.subcategory_id})
    _hold_account(user, terms.account_id)


def _hold_account(user: User, account_id: int) -> None:
    mine = Account.objects.for_user(user).filter(pk=account_id)
    if not mine.select_for_update(of=("self",), no_key=True).values_list("pk"):
        raise NotFound("That account is no longer there.")


def _found(changed: int) -> None:
    if not changed:
        raise _GONE
