"""Onboarding: four steps, in order, each done once however often it is sent."""

import threading
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account, User
from budgets.models import BudgetPeriod, IncomeSource, RecurringIncomeSource
from budgets.onboarding.forms import FirstPeriodForm
from budgets.onboarding.services import (
    FirstPeriod,
    NewAccount,
    NewCategory,
    add_accounts,
    add_categories,
    advance,
    finish,
)
from tests.factories import make_account, make_category, make_period, make_user
from transactions.categories.defaults import DEFAULT_CATEGORIES
from transactions.models import Category, Subcategory

ABOUT_YOU = {"preferred_name": "Ada", "country": "ZA", "currency": "ZAR", "time_zone": "Africa/Johannesburg"}
PERIOD = {
    "period_type": "monthly",
    "start": "2026-03-01",
    "end": "2026-03-31",
    "income_name": "Salary",
    "amount": "1000+250",
    "is_recurring": "on",
}
FIRST = FirstPeriod("monthly", "March 2026", date(2026, 3, 1), date(2026, 3, 31), None, "Salary", Decimal(1250), True)


@pytest.fixture(autouse=True)
def _in_march() -> Any:
    with time_machine.travel("2026-03-20 12:00 +0000", tick=False):
        yield


@pytest.fixture
def newcomer(owner: User) -> User:
    return at_step(owner, 1)


def at_step(user: User, step: int) -> User:
    user.onboarding_step = step
    user.save(update_fields=["onboarding_step"])
    return user


def step_url(step: int) -> str:
    return reverse("onboarding_step", args=[step])


def accounts(*rows: tuple[str, str, str]) -> dict[str, str]:
    data = {"accounts-TOTAL_FORMS": str(len(rows)), "accounts-INITIAL_FORMS": str(len(rows))}
    for index, (name, kind, balance) in enumerate(rows):
        data |= {
            f"accounts-{index}-name": name,
            f"accounts-{index}-account_type": kind,
            f"accounts-{index}-balance": balance,
        }
    return data


# The way through.


@pytest.mark.django_db
def test_all_four_steps_end_on_the_dashboard(newcomer: User, owner_client: Client) -> None:
    assert owner_client.get(reverse("onboarding"))["Location"] == step_url(1)
    assert owner_client.post(step_url(1), ABOUT_YOU)["Location"] == step_url(2)
    money = accounts(("Everyday", "checking", "1200+50"), ("Card", "credit", "-80"), ("", "cash", ""))
    assert owner_client.post(step_url(2), money)["Location"] == step_url(3)
    chosen = {"defaults": ["Groceries", "Income"], "own_1": "Pets", "own_1_subcategories": "Food, Vet, Food"}
    assert owner_client.post(step_url(3), chosen)["Location"] == step_url(4)
    answer = owner_client.post(step_url(4), PERIOD, follow=True)
    assert answer.redirect_chain == [(reverse("dashboard"), 302)]
    assert "All set." in answer.content.decode()

    newcomer.refresh_from_db()
    assert (newcomer.preferred_name, newcomer.country, newcomer.currency) == ("Ada", "ZA", "ZAR")
    assert newcomer.onboarding_step == User.OnboardingStep.DONE
    assert newcomer.onboarded_at is not None
    rows = Account.objects.for_user(newcomer).values_list("name", "account_type", "current_balance")
    assert set(rows) == {("Everyday", "checking", Decimal(1250)), ("Card", "credit", Decimal(-80))}
    assert set(Category.objects.for_user(newcomer).values_list("name", flat=True)) == {"Groceries", "Income", "Pets"}
    pets = Subcategory.objects.for_user(newcomer).filter(category__name="Pets")
    assert list(pets.values_list("name", flat=True)) == ["Food", "Vet"]
    period = BudgetPeriod.objects.for_user(newcomer).select_related("budget").get()
    assert (period.name, period.start_date, period.end_date, period.is_active) == (
        "March 2026", date(2026, 3, 1), date(2026, 3, 31), True,
    )  # fmt: skip
    income = IncomeSource.objects.for_user(newcomer).get()
    assert (income.budget_id, income.name, income.amount) == (period.budget.pk, "Salary", Decimal(1250))
    assert income.recurring_id == RecurringIncomeSource.objects.for_user(newcomer).get().pk


@pytest.mark.django_db
def test_three_steps_can_be_skipped_and_the_last_cannot(newcomer: User, owner_client: Client) -> None:
    for step in (1, 2, 3):
        assert owner_client.post(reverse("onboarding_skip", args=[step]))["Location"] == step_url(step + 1)
    assert owner_client.post(reverse("onboarding_skip", args=[4]))["Location"] == step_url(4)
    newcomer.refresh_from_db()
    assert newcomer.onboarding_step == 4
    assert not Account.objects.for_user(newcomer).exists()
    assert not Category.objects.for_user(newcomer).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "currency", "zone"),
    [
        ("country=DE&currency=USD&time_zone=UTC", "EUR", "Europe/Berlin"),
        ("country=LS&currency=USD&time_zone=UTC", "LSL", "Africa/Maseru"),
        ("country=US&currency=EUR&time_zone=America/Denver", "USD", "America/Denver"),
        ("country=BR&currency=EUR&time_zone=UTC", "BRL", "UTC"),
        ("country=KW&currency=EUR&time_zone=UTC", "EUR", "Asia/Kuwait"),
        ("country=XX&currency=EUR&time_zone=Asia/Tokyo", "USD", "UTC"),
    ],
)
def test_a_country_sets_currency_and_zone(
    newcomer: User, owner_client: Client, asked: str, currency: str, zone: str
) -> None:
    page = owner_client.get(f"{step_url(1)}?{asked}")
    form = page.context["form"]
    asks = page.content.decode().split('<div id="about-place"')[1].partition(">")[0]
    assert 'hx-include="this"' in asks, "an address has neither the form's token nor a name in it"
    assert (form["currency"].value(), form["time_zone"].value()) == (currency, zone)
    newcomer.refresh_from_db()
    assert (newcomer.country, newcomer.currency) == ("", "USD")


@pytest.mark.django_db
def test_later_steps_wait_and_earlier_ones_can_be_corrected(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 2)
    assert owner_client.get(step_url(4))["Location"] == reverse("onboarding")
    assert owner_client.post(step_url(4), PERIOD)["Location"] == reverse("onboarding")
    assert not BudgetPeriod.objects.for_user(newcomer).exists()
    owner_client.post(step_url(1), ABOUT_YOU | {"currency": "EUR"})
    newcomer.refresh_from_db()
    assert (newcomer.currency, newcomer.onboarding_step) == ("EUR", 2)


@pytest.mark.django_db
@pytest.mark.parametrize("step", [0, 5, 99])
def test_there_are_only_four_steps(newcomer: User, owner_client: Client, step: int) -> None:
    assert owner_client.get(step_url(step)).status_code == 404
    assert owner_client.post(reverse("onboarding_skip", args=[step])).status_code == 404


@pytest.mark.django_db
def test_who_is_done_is_sent_to_the_dashboard(owner: User, owner_client: Client) -> None:
    assert owner_client.get(reverse("onboarding"))["Location"] == reverse("dashboard")
    assert owner_client.post(step_url(4), PERIOD)["Location"] == reverse("onboarding")
    assert not BudgetPeriod.objects.for_user(owner).exists()


@pytest.mark.django_db
def test_the_pages_show_what_is_there(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 4)
    make_account(newcomer, "Everyday", "12.5")
    make_category(newcomer, "Pets")
    assert "data-detect-zone" in owner_client.get(step_url(1)).content.decode()
    assert "$12.50" in owner_client.get(step_url(2)).content.decode()
    categories = owner_client.get(step_url(3)).content.decode()
    assert "You have already: Pets." in categories
    assert categories.count(" checked") == len(DEFAULT_CATEGORIES)
    period = owner_client.get(step_url(4)).content.decode()
    assert 'value="2026-03-01"' in period
    assert 'data-quarterly-end="2026-03-31"' in period
    assert "Skip this step" not in period


# What is refused.


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end": "2026-02-01"}, "The last day is before the first."),
        ({"amount": "-5"}, "Income cannot be negative."),
        ({"amount": "five"}, "Enter an amount"),
        ({"income_name": ""}, "Say where the income comes from."),
        ({"start": "0001-01-01"}, "greater than or equal"),
        ({"period_type": "weekly"}, "Select a valid choice"),
    ],
)
def test_a_wrong_period_is_told_and_nothing_is_written(
    newcomer: User, owner_client: Client, changes: dict[str, str], words: str
) -> None:
    at_step(newcomer, 4)
    answer = owner_client.post(step_url(4), PERIOD | changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not BudgetPeriod.objects.for_user(newcomer).exists()
    assert not RecurringIncomeSource.objects.for_user(newcomer).exists()


@pytest.mark.django_db
def test_a_period_in_the_way_is_named_and_no_income_stays_behind(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 4)
    make_period(newcomer, name="My March")
    answer = owner_client.post(step_url(4), PERIOD)
    assert "“My March” is in the way" in answer.content.decode()
    assert not RecurringIncomeSource.objects.for_user(newcomer).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("row", "words"),
    [
        (("", "cash", "5"), "Give the account a name."),
        (("Wallet", "cash", "much"), "Enter an amount"),
        (("Wallet", "purse", "5"), "Select a valid choice"),
    ],
)
def test_a_wrong_account_is_told(newcomer: User, owner_client: Client, row: tuple[str, str, str], words: str) -> None:
    at_step(newcomer, 2)
    answer = owner_client.post(step_url(2), accounts(("Everyday", "checking", "1"), row))
    assert words in answer.content.decode()
    assert not Account.objects.for_user(newcomer).exists()


@pytest.mark.django_db
def test_a_form_without_its_counts_is_no_error_page(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 2)
    assert owner_client.post(step_url(2), {"accounts-TOTAL_FORMS": "x"}).status_code == 422
    assert owner_client.post(step_url(2), {"more": "1"}).status_code == 422


@pytest.mark.django_db
def test_subcategories_need_a_category(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 3)
    answer = owner_client.post(step_url(3), {"own_2_subcategories": "Food"})
    assert "Give the category a name." in answer.content.decode()
    long = owner_client.post(step_url(3), {"own_1": "Pets", "own_1_subcategories": "x" * 101})
    assert "A name has at most 100 letters." in long.content.decode()
    assert owner_client.post(step_url(3), {"defaults": ["Nonsense"]}).status_code == 422
    assert not Category.objects.for_user(newcomer).exists()


# Once, however often.


@pytest.mark.django_db
def test_every_step_sent_twice_is_done_once(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 4)
    for _ in range(2):
        owner_client.post(step_url(2), accounts(("Everyday", "checking", "5"), ("everyday", "cash", "9")))
        owner_client.post(step_url(3), {"defaults": ["Groceries"], "own_1": "Pets"})
    for _ in range(2):
        owner_client.post(step_url(4), PERIOD)
    assert Account.objects.for_user(newcomer).values_list("name", "anchor_balance").get() == ("Everyday", Decimal(5))
    assert Category.objects.for_user(newcomer).count() == 2
    assert set(Subcategory.objects.for_user(newcomer).values_list("name", flat=True)) == {
        "Food & Home Essentials", "Dining out", "Pets",
    }  # fmt: skip
    assert BudgetPeriod.objects.for_user(newcomer).count() == 1
    assert RecurringIncomeSource.objects.for_user(newcomer).count() == 1


@pytest.mark.django_db
def test_save_and_add_more_stays_on_the_step(newcomer: User, owner_client: Client) -> None:
    at_step(newcomer, 2)
    data = accounts(("Everyday", "checking", "5")) | {"more": "1"}
    assert owner_client.post(step_url(2), data)["Location"] == step_url(2)
    newcomer.refresh_from_db()
    assert newcomer.onboarding_step == 2


@pytest.mark.django_db
def test_advancing_never_goes_back(newcomer: User) -> None:
    at_step(newcomer, 4)
    for step in (1, 2, 3, 4):
        advance(user=newcomer, step=step)
    newcomer.refresh_from_db()
    assert newcomer.onboarding_step == 4


@pytest.mark.django_db
def test_income_that_does_not_recur_is_of_this_period_only(newcomer: User) -> None:
    once = FirstPeriod("monthly", "March", FIRST.start, FIRST.end, None, "Bonus", Decimal(90), False)
    assert finish(user=newcomer, first=once)
    assert not RecurringIncomeSource.objects.for_user(newcomer).exists()
    assert IncomeSource.objects.for_user(newcomer).get().amount == 90
    assert not finish(user=newcomer, first=once)


@pytest.mark.django_db
def test_a_period_needs_no_income(newcomer: User) -> None:
    assert finish(
        user=newcomer, first=FirstPeriod("custom", "March", FIRST.start, FIRST.end, None, "", Decimal(0), True)
    )
    assert not IncomeSource.objects.for_user(newcomer).exists()


@pytest.mark.django_db
def test_what_a_person_has_already_stays(newcomer: User) -> None:
    make_account(newcomer, "EVERYDAY", "7")
    assert add_accounts(user=newcomer, accounts=[NewAccount("Everyday", "checking", Decimal(5))]) == 0
    make_category(newcomer, "Pets", "income")
    add_categories(user=newcomer, chosen=[], own=[NewCategory("Pets", ["Food"])])
    assert Category.objects.for_user(newcomer).get().kind == "income"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_finish_at_once_open_one_period() -> None:
    user = make_user("newcomer", onboarding_step=4)
    results: list[bool] = []
    barrier = threading.Barrier(2)

    def press_finish() -> None:
        barrier.wait(10)
        results.append(finish(user=user, first=FIRST))
        connection.close()

    threads = [threading.Thread(target=press_finish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == [False, True]
    assert BudgetPeriod.objects.for_user(user).count() == 1
    assert RecurringIncomeSource.objects.for_user(user).count() == 1


# The dates that are suggested.


@pytest.mark.parametrize(
    ("kind", "start", "end", "name", "expected"),
    [
        ("monthly", "2026-03-01", "2026-03-31", "", ("March 2026", "2026-03-01", "2026-03-31")),
        ("quarterly", "2026-03-01", "2026-03-31", "", ("Q1 2026", "2026-01-01", "2026-03-31")),
        ("yearly", "2026-03-01", "2026-03-31", "", ("2026", "2026-01-01", "2026-12-31")),
        ("monthly", "2026-02-25", "2026-03-24", "", ("March 2026", "2026-02-25", "2026-03-24")),
        ("yearly", "2025-04-06", "2026-04-05", "", ("2025/26", "2025-04-06", "2026-04-05")),
        ("week", "2026-03-01", "2026-03-31", "", ("16 Mar – 22 Mar 2026", "2026-03-16", "2026-03-22")),
        ("two_weeks", "2026-03-13", "2026-03-26", "", ("13 Mar – 26 Mar 2026", "2026-03-13", "2026-03-26")),
        ("custom", "2026-03-01", "2026-03-31", "Trip", ("Trip", "2026-03-01", "2026-03-31")),
    ],
)
def test_dates_and_name_follow_the_type(
    kind: str, start: str, end: str, name: str, expected: tuple[str, str, str]
) -> None:
    data = {"period_type": kind, "start": start, "end": end, "name": name}
    form = FirstPeriodForm(data, today=date(2026, 3, 20))
    assert form.is_valid(), form.errors
    first = form.first_period()
    assert (first.name, first.start.isoformat(), first.end.isoformat()) == expected


def test_the_last_day_follows_the_first_and_is_shown_before_anything_is_opened() -> None:
    """Paid on the 25th: no "monthly" of seven days."""
    data = {"period_type": "monthly", "start": "2026-03-25", "end": "2026-03-31"}
    form = FirstPeriodForm(data, today=date(2026, 3, 20))
    assert form.errors["end"] == [
        "From 25 March 2026 on it ends on 24 April 2026. That is filled in now: change it, or go on."
    ]
    shown = FirstPeriodForm({name: form[name].value() for name in data}, today=date(2026, 3, 20))
    assert shown.is_valid(), shown.errors
    first = shown.first_period()
    assert (first.name, str(first.end), first.cycle and first.cycle.anchor.day) == ("April 2026", "2026-04-24", 25)


@pytest.mark.parametrize(
    ("kind", "start", "end", "sentence"),
    [
        ("monthly", "2026-03-26", "2026-03-30", "These are 5 days, and a month has 28 to 31."),
        ("quarterly", "2026-03-01", "2026-04-30", "These are 61 days, and a quarter has 89 to 92."),
        ("yearly", "2026-04-06", "2027-01-05", "These are 275 days, and a year has 365 to 368."),
        ("two_weeks", "2026-03-13", "2026-03-20", "These are 8 days, and every 2 weeks means 14."),
    ],
)
def test_odd_days_are_asked_about_once(kind: str, start: str, end: str, sentence: str) -> None:
    data = {"period_type": kind, "start": start, "end": end}
    form = FirstPeriodForm(data, today=date(2026, 3, 20))
    assert sentence in form.errors["end"][0]
    assert not form["keep_days"].is_hidden
    kept = FirstPeriodForm({**data, "keep_days": "on"}, today=date(2026, 3, 20))
    assert kept.is_valid(), kept.errors
    assert str(kept.first_period().end) == end


# Three actors.


@pytest.mark.django_db
def test_nobody_is_sent_to_sign_in(client: Client) -> None:
    for url in [reverse("onboarding"), step_url(1), reverse("sample_data")]:
        assert client.get(url)["Location"].startswith(reverse("account_login"))
    for url in [step_url(4), reverse("onboarding_skip", args=[1]), reverse("sample_explore"), reverse("sample_clear")]:
        assert client.post(url)["Location"].startswith(reverse("account_login"))


@pytest.mark.django_db
def test_onboarding_touches_nobody_else(newcomer: User, stranger: User, owner_client: Client) -> None:
    at_step(newcomer, 4)
    make_account(stranger, "Everyday", "7")
    make_period(stranger)
    owner_client.post(step_url(2), accounts(("Everyday", "checking", "5")))
    owner_client.post(step_url(4), PERIOD)
    assert Account.objects.for_user(newcomer).count() == 1
    assert Account.objects.for_user(stranger).get().anchor_balance == 7
    assert BudgetPeriod.objects.for_user(stranger).get().is_active
    assert not IncomeSource.objects.for_user(stranger).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sample_explore", "sample_clear"])
def test_what_writes_is_posted(owner_client: Client, name: str) -> None:
    assert owner_client.get(reverse(name)).status_code == 405
