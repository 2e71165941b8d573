"""Periods: the list, adding, changing, choosing and deleting them."""

from datetime import date
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.people.once import once
from accounts.people.requests import UserRequest
from budgets.models import BudgetPeriod
from budgets.periods import services
from budgets.periods.active import standing_among
from budgets.periods.following import Coming, PeriodSuggestion, coming_after, suggest_period
from budgets.periods.forms import KINDS, PeriodForm, SuggestionForm
from wealthwise.core.days import today_of
from wealthwise.core.errors import DomainError
from wealthwise.core.forms import done, form_page, page, posted
from wealthwise.core.locales import counted, show_day
from wealthwise.core.periods import WEEKS
from wealthwise.core.two_tabs import edit_page, kept_of

MOST_AT_ONCE: Final = 60


@require_safe
def periods(request: UserRequest) -> HttpResponse:
    mine = list(BudgetPeriod.objects.for_user(request.user).timeline())
    standing = standing_among(request.user, mine)
    context: dict[str, Any] = {"coming": None, "periods": mine, "today": today_of(request.user)}
    if standing.current:
        last = next(period for period in mine if period.period_type == standing.current.period_type)
        context |= {"last": last, "coming": coming_after(last, mine)}
    return render(request, "budgets/periods/periods.html", context)


@page
def period_add(request: UserRequest) -> HttpResponse:
    """Days and name are suggested for what the URL asks for, in the user's time zone; all of them can be changed."""
    asked, today = SuggestionForm(request.GET), today_of(request.user)
    mine = list(BudgetPeriod.objects.for_user(request.user).timeline())
    after = _asked_after(asked, mine)
    coming = coming_after(after, mine) if after else None
    suggested, kind = _suggested(asked, mine, today, after, coming)
    known = {
        "period_type": after.period_type if after else "custom" if kind in WEEKS else kind,
        "cycle": suggested.cycle.kind,
        "cycle_anchor": suggested.cycle.anchor,
        **suggested.period._asdict(),
    }
    form = PeriodForm(posted(request), initial=known, is_new=True)

    def save() -> HttpResponse:
        opened = services.open_period(user=request.user, cycle=form.said_cycle(), **form.period())
        return done(request, _opened(opened, today), "budgets:budget_period", opened.pk)

    context: dict[str, Any] = {"period": None, "kinds": KINDS, "chosen": kind, "asked": asked, "suggested": suggested}
    context |= {"after": after, "coming": coming, "is_of_months": suggested.cycle.is_of_months}
    return form_page(request, form, once(request, save, "budgets:budget"), "budgets/periods/form.html", context)


@edit_page
def period_edit(request: UserRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    known = {
        "name": period.name,
        "period_type": period.period_type,
        "start": period.start_date,
        "end": period.end_date,
    }
    form = PeriodForm(posted(request), of_row=True, initial=known)

    def save() -> HttpResponse:
        services.update_period(user=request.user, period_id=pk, **form.period())
        return done(request, f"Saved “{form.cleaned_data['name']}”.{kept_of(form)}", "budgets:periods")

    return form_page(request, form, save, "budgets/periods/form.html", {"period": period, "after": None})


@require_POST
def period_next(request: UserRequest, pk: int) -> HttpResponse:
    """Open the period that goes on where this one ends, or ``until`` today all that do.

    Where it is not sure what comes, its days are shown first. Clicked twice, the second finds it in the way.
    """
    last, until, opened = _period(request, pk), request.POST.get("until"), list[BudgetPeriod]()
    today = today_of(request.user)
    while not opened or (until and last.end_date < today and len(opened) < MOST_AT_ONCE):
        coming = coming_after(last, BudgetPeriod.objects.for_user(request.user).timeline())
        if coming is None:
            messages.error(request, "The next period would begin after the last day that can be booked.")
            break
        if not coming.is_sure:
            return redirect(f"{reverse('budgets:period_add')}?after={last.pk}")
        plan = {"period_type": last.period_type, "cycle": coming.cycle, **coming.period._asdict()}
        try:
            last = services.open_period(user=request.user, **plan)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            break
        opened.append(last)
    if opened:
        many = f"Opened {counted(len(opened), 'period')}, the last of them “{last.name}”."
        messages.success(request, _opened(last, today) if len(opened) == 1 else many)
    return redirect("budgets:budget_period", last.pk)


@require_POST
def period_activate(request: UserRequest, pk: int) -> HttpResponse:
    period = _period(request, pk)
    try:
        services.activate_period(user=request.user, period_id=pk)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect("budgets:periods")
    messages.success(request, f"“{period.name}” is the active period now.")
    return redirect("budgets:budget")


@page
def period_delete(request: UserRequest, pk: int) -> HttpResponse:
    """Asks first, and says which period becomes active instead of an active one."""
    period = _period(request, pk)
    if request.method == "POST":
        services.delete_period(user=request.user, period_id=pk)
        return done(request, f"Deleted “{period.name}”. Its transactions are still there.", "budgets:periods")
    others = [other for other in BudgetPeriod.objects.for_user(request.user).timeline() if other.pk != pk]
    today = today_of(request.user)
    instead = next((other for other in others if other.start_date <= today <= other.end_date), None)
    context = {"period": period, "instead": instead if period.is_active else None}
    return render(request, "budgets/periods/delete.html", context)


def _period(request: UserRequest, pk: int) -> BudgetPeriod:
    return get_object_or_404(BudgetPeriod.objects.for_user(request.user), pk=pk)


def _asked_after(asked: SuggestionForm, mine: list[BudgetPeriod]) -> BudgetPeriod | None:
    """The period that the new one is to follow, when the URL names one."""
    wanted = asked.asked("after")
    if wanted is None:
        return None
    found = next((period for period in mine if period.pk == wanted), None)
    if found is None:
        raise Http404
    return found


def _suggested(
    asked: SuggestionForm, mine: list[BudgetPeriod], today: date, after: BudgetPeriod | None, coming: Coming | None
) -> tuple[PeriodSuggestion, str]:
    """What the form begins with, and the kind of period that it is about."""
    if after and coming:
        cycle, period = coming.choices[min(asked.asked("choice") or 0, len(coming.choices) - 1)]
        return PeriodSuggestion(period, cycle), after.cycle if after.cycle in WEEKS else after.period_type
    found = suggest_period(asked.kind, mine, today, asked.asked("first_day") or "", asked.asked("first"))
    return found, asked.kind


def _opened(period: BudgetPeriod, today: date) -> str:
    """What was opened, and whether it is the active one."""
    if period.is_active:
        return f"Opened “{period.name}”. It is the active period now."
    if today < period.start_date:
        return f"Opened “{period.name}”. It begins on {show_day(period.start_date, 'long')}."
    if today > period.end_date:
        return f"Opened “{period.name}”. It ended on {show_day(period.end_date, 'long')}."
    return f"Opened “{period.name}”. Another period of these days stays the active one."
