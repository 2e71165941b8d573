"""Every page that changes a row shows each field of its form, and writes each: none is dropped on the way."""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import Account, User
from budgets.models import IncomeSource, RecurringBudgetAllocation, RecurringIncomeSource
from tests.factories import (
    make_account,
    make_category,
    make_period,
    make_schedule,
    make_subcategory,
    make_transaction,
    make_user,
    signed_in,
)
from transactions.ledger.services import TransferBooking, record_transfer
from transactions.models import SavedFilter, Tag
from transactions.rules.services import RuleTerms, add_rule
from wealthwise.core.fields import AccountNumberField, AmountField

pytestmark = pytest.mark.django_db


def transfer(user: User) -> int:
    source, target, day = make_account(user, "A"), make_account(user, "B"), make_transaction(user).booked_on
    booking = TransferBooking(amount=Decimal(5), source=source, target=target, description="Move", day=day)
    return record_transfer(user=user, booking=booking).out.pk


def entry(user: User) -> int:
    make_account(user)
    make_subcategory(user)
    return make_transaction(user).pk


def income(user: User) -> int:
    return IncomeSource.objects.create(user=user, budget=make_period(user).budget, name="Pay", amount=5).pk


def recurring_allocation(user: User) -> int:
    make_subcategory(user, "Other")
    row = {"user": user, "subcategory": make_subcategory(user), "allocated_amount": 5}
    return RecurringBudgetAllocation.objects.create(**row).pk


def schedule(user: User) -> int:
    make_account(user, "Other")
    make_subcategory(user, "Other")
    return make_schedule(user, account=make_account(user), subcategory=make_subcategory(user)).pk


def rule(user: User) -> int:
    make_account(user)
    make_subcategory(user, "Other")
    terms = RuleTerms(text="shop", amount_to=Decimal("34.56"), subcategory=make_subcategory(user))
    return add_rule(user=user, terms=terms).pk


# What other pages write, or the database.
NOT_IN_A_FORM = {Account: {"is_active", "closed_on", "created_at", "import_key"}, User: {"username", "email"}}
# Each page with a form of one row, by the name of its address, and who makes that row.
PAGES: dict[str, Callable[[User], int]] = {
    "accounts:edit": lambda user: make_account(user).pk,
    "transactions:edit": entry,
    "transactions:inline": entry,
    "transactions:category_edit": lambda user: make_category(user).pk,
    "transactions:subcategory_edit": lambda user: [make_category(user, "Other"), make_subcategory(user)][1].pk,
    "transactions:filter_edit": lambda user: SavedFilter.objects.create(user=user, name="Mine", query="q=a").pk,
    "transactions:rule_edit": rule,
    "transactions:tag_edit": lambda user: Tag.objects.create(user=user, name="Journey").pk,
    "budgets:period_edit": lambda user: make_period(user, period_type="custom").pk,
    "budgets:brought_forward": lambda user: make_period(user).pk,
    "budgets:income_edit": income,
    "budgets:recurring_income_edit": lambda user: (
        RecurringIncomeSource.objects.create(user=user, name="Pay", amount=5).pk
    ),
    "budgets:recurring_allocation_edit": recurring_allocation,
    "budgets:schedule_edit": schedule,
}


def edit_pages() -> set[str]:
    """Addresses that look like the page of one row by their names."""

    def walk(patterns: Any, space: str) -> Any:
        for pattern in patterns:
            if isinstance(pattern, URLResolver) and pattern.namespace != "admin":
                yield from walk(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else space)
            elif isinstance(pattern, URLPattern) and str(pattern.name).rpartition("_")[2] in ("edit", "inline"):
                yield f"{space}{pattern.name}"

    return set(walk(get_resolver().url_patterns, ""))


def test_all_edit_pages_are_looked_at() -> None:
    assert edit_pages() <= set(PAGES)


def another(field: forms.Field, current: Any) -> Any:
    """A value that the field takes and that is not its present one, as a browser would send it."""
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        groups = [label if isinstance(label, list) else [(key, label)] for key, label in field.choices]
        return next(str(key) for group in groups for key, _ in group if str(key) not in ("", "new", str(current)))
    if isinstance(field, forms.BooleanField):
        return not current
    if isinstance(field, AmountField):
        return "34.56"
    if isinstance(field, forms.DateField):
        return str((current or date(2026, 3, 15)) + timedelta(days=1))
    if isinstance(field, forms.TimeField):
        return "08:45" if current != time(8, 45) else "09:45"
    return "9876" if isinstance(field, AccountNumberField) else "Changed"


def asked_by(address: str) -> dict[str, str]:
    return {"HX-Request": "true"} if "inline" in address else {}


def shown_form(client: Client, address: str) -> tuple[Any, str]:
    response = client.get(address, headers=asked_by(address))
    assert response.status_code == 200
    return response.context["form"], response.content.decode()


def changes_everything(client: Client, address: str) -> None:
    form, text = shown_form(client, address)
    visible = [bound for bound in form if not bound.is_hidden]
    assert [bound.name for bound in visible if f'name="{bound.html_name}"' not in text] == []
    sent = {bound.html_name: another(bound.field, bound.value()) for bound in visible}
    sent["seen"] = "1"  # of forms that show first what they do
    response = client.post(
        address, {name: value for name, value in sent.items() if value is not False}, headers=asked_by(address)
    )
    assert response.status_code < 400, response.context and response.context["form"].errors
    again, _ = shown_form(client, address)
    for bound in again:
        if bound.html_name in sent:
            field = bound.field
            assert (bound.name, field.clean(bound.value())) == (bound.name, field.clean(sent[bound.html_name]))


@pytest.mark.parametrize("name", PAGES)
def test_each_field_is_shown_and_written(name: str, owner: User, owner_client: Client) -> None:
    changes_everything(owner_client, reverse(name, args=[PAGES[name](owner)]))


def test_a_transfer_too(owner: User, owner_client: Client) -> None:
    changes_everything(owner_client, reverse("transactions:edit", args=[transfer(owner)]))


def test_the_settings_of_a_person(owner_client: Client) -> None:
    changes_everything(owner_client, reverse("accounts:settings"))


def test_the_first_step_of_onboarding() -> None:
    client = signed_in(make_user("newcomer", onboarding_step=2))
    changes_everything(client, reverse("onboarding_step", args=[1]))


def model_forms(above: Any = forms.ModelForm) -> list[Any]:
    found = [each for form in above.__subclasses__() for each in (form, *model_forms(form))]
    return [form for form in found if form._meta.model in NOT_IN_A_FORM]


@pytest.mark.parametrize("model", NOT_IN_A_FORM, ids=lambda model: model.__name__)
def test_every_column_that_people_give_is_in_a_form(model: Any) -> None:
    assert edit_pages()  # importing all views, and the forms with them
    written = {name for form in model_forms() if form._meta.model is model for name in form.base_fields}
    assert model.columns.exported - written == NOT_IN_A_FORM[model]
