"""What is due: all schedules, adding and changing one, answering proposals, and the due days of one."""

from datetime import date
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from budgets.models import Schedule
from budgets.schedules import services
from budgets.schedules.due import DueDay
from budgets.schedules.forms import ScheduleForm
from budgets.schedules.proposals import MOST_SHOWN, proposals
from budgets.schedules.upcoming import upcoming_of
from budgets.schedules.words import in_words
from transactions.search.links import rows_url
from transactions.summaries.ranges import DateRange
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.core.money import format_typed
from wealthwise.core.two_tabs import edit_page, kept_of

HOME: Final = "budgets:schedules"
SHOWN: Final = 12  # due days of the past that a schedule's page shows
TYPE_OF_MONTHS: Final = {1: "monthly", 3: "quarterly", 12: "yearly"}
ANSWERS: Final = {"paid": True, "open": False, "ledger": None}


@require_safe
def schedules(request: UserRequest) -> HttpResponse:
    """What is due again and again, and what the ledger proposes to be."""
    user = request.user
    mine = list(Schedule.objects.for_user(user).with_names())
    found = proposals(user, today_of(user))
    context = {
        "currency": user.currency,
        "for_budgets": _for_budgets(request, mine),
        "dismissed": [each for each in mine if each.state == Schedule.State.DISMISSED],
        "in_words": in_words,
        "more_proposals": len(found[MOST_SHOWN:]),
        "proposals": found[:MOST_SHOWN],
        "schedules": [each for each in mine if each.state != Schedule.State.DISMISSED],
    }
    return render(request, "budgets/schedules/schedules.html", context)


@page
def schedule_add(request: UserRequest) -> HttpResponse:
    form = ScheduleForm(posted(request), user=request.user, initial={"starts_on": today_of(request.user)})

    def save() -> HttpResponse:
        services.add_schedule(user=request.user, terms=form.terms())
        return done(request, f"Added “{form.cleaned_data['description']}”.", HOME)

    context = {"title": "Add what is due", "period": None, "back": reverse(HOME)}
    return form_page(request, form, once(request, save, HOME), "budgets/budget/form.html", context)


@edit_page
def schedule_edit(request: UserRequest, pk: int) -> HttpResponse:
    """Change it, and see its due days with what settled each."""
    schedule = _own(request, pk)
    form = ScheduleForm(posted(request), user=request.user, schedule=schedule, of_row=True)

    def save() -> HttpResponse:
        services.update_schedule(user=request.user, schedule_id=pk, terms=form.terms())
        return done(request, f"Saved “{form.cleaned_data['description']}”.{kept_of(form)}", HOME)

    def shown() -> dict[str, object]:
        today = today_of(request.user)
        mine = [due for due in upcoming_of(request.user, today).found if due.schedule.id == pk]
        past = [due for due in mine if due.day <= today or due.is_settled]
        coming = [due for due in mine if due not in past]
        return {
            "currency": request.user.currency,
            "days": [*coming[:1], *reversed(past[-SHOWN:])],
            "in_words": in_words(schedule.known_cycle),
            "paid_by": _paid_by,
            "schedule": schedule,
            "today": today,
        }

    return form_page(request, form, save, "budgets/schedules/schedule.html", shown)


@page
def schedule_delete(request: UserRequest, pk: int) -> HttpResponse:
    schedule = _own(request, pk)
    if request.method == "POST":
        services.delete_schedule(user=request.user, schedule_id=pk)
        return done(request, f"Deleted “{schedule.description}”. No transaction was changed.", HOME)
    text = f"“{schedule.description}” is no longer expected. Transactions stay as they are."
    context = {"title": "Delete what is due", "text": text, "period": None, "back": reverse(HOME)}
    return render(request, "budgets/budget/confirm.html", context)


@require_POST
def schedule_pause(request: UserRequest, pk: int) -> HttpResponse:
    """Pause, or resume when ``active`` is posted."""
    schedule, is_active = _own(request, pk), "active" in request.POST
    services.set_schedule_active(user=request.user, schedule_id=pk, is_active=is_active)
    text = f"Resumed “{schedule.description}”." if is_active else f"Paused “{schedule.description}”."
    return done(request, text, HOME)


@require_POST
def schedule_answer(request: UserRequest, pk: int) -> HttpResponse:
    """Say of one due day that it is paid, that it is not, or to go by the ledger."""
    _own(request, pk)
    said = request.POST.get("said", "")
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
    except ValueError as error:
        raise Http404 from error
    if said not in ANSWERS:
        raise Http404
    try:
        services.answer_due_day(user=request.user, schedule_id=pk, day=day, is_paid=ANSWERS[said])
    except DomainError as refusal:
        messages.error(request, str(refusal))
    return redirect("budgets:schedule_edit", pk)


@require_POST
def proposal_answer(request: UserRequest) -> HttpResponse:
    """Accept what the ledger proposes, or dismiss it for good; what was accepted is offered for new budgets too."""
    accept = "accept" in request.POST
    try:
        answered = services.answer_proposal(user=request.user, key=request.POST.get("key", ""), accept=accept)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(HOME)
    name = answered.description
    if not accept:
        return done(request, f"“{name}” is not proposed again.", HOME)
    return done(request, f"“{name}” is expected from now on.", f"{reverse(HOME)}?accepted={answered.pk}")


def _for_budgets(request: UserRequest, mine: list[Schedule]) -> dict[str, str]:
    """Of the schedule that was just accepted its name, and the form that puts it into each new budget."""
    asked = request.GET.get("accepted", "")
    schedule = next((each for each in mine if str(each.pk) == asked), None)
    if schedule is None or schedule.months not in TYPE_OF_MONTHS:
        return {}
    known = {"amount": format_typed(abs(schedule.amount), request.user.currency)}
    known["period_type"] = TYPE_OF_MONTHS[schedule.months]
    if schedule.amount > 0:
        to, known["name"] = "budgets:recurring_income_add", schedule.description[:100]
    elif schedule.subcategory_id:
        to, known["subcategory"] = "budgets:recurring_allocation_add", str(schedule.subcategory_id)
    else:
        return {}
    return {"name": schedule.description, "href": f"{reverse(to)}?{urlencode(known)}"}


def _paid_by(due: DueDay) -> str:
    """The rows of the list among which the one is that settles the day."""
    day, schedule = due.row.day if due.row else due.day, due.schedule
    return rows_url(DateRange(day, day), account=schedule.account_id, description=schedule.description)


def _own(request: UserRequest, pk: int) -> Schedule:
    schedule: Schedule = get_object_or_404(Schedule.objects.for_user(request.user), pk=pk)
    return schedule
