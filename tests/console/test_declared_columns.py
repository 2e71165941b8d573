"""The console shows what is declared to be shown, masks what is private, and withholds the rest."""

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import FieldDoesNotExist, ImproperlyConfigured
from django.db.models import DateField
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import Account, User
from tests.factories import make_account
from wealthwise.console.models import ConsoleJob
from wealthwise.console.screens.owned import OwnedAdmin
from wealthwise.console.screens.people import AccountAdmin
from wealthwise.core.columns import Columns, declaration, is_owned, mistakes

pytestmark = pytest.mark.django_db
SCREENS = {model: screen for model, screen in admin.site._registry.items() if is_owned(model) or model is User}
LABELS = {"ids": lambda value: value._meta.label}
LIST = "/console/accounts/account/"


def columns_named(screen: Any, names: Any) -> set[str]:
    """The columns among what a screen names; what it computes has a name of its own."""
    found = set()
    for name in names:
        try:
            found.add(screen.opts.get_field(str(name).removeprefix("-").split("__", maxsplit=1)[0]).name)
        except FieldDoesNotExist:
            continue
    return found


def columns_of(screen: Any) -> Columns:
    found = getattr(screen, "columns", None) or declaration(screen.model)
    assert found is not None
    return found


def test_all_screens_of_people_are_looked_at() -> None:
    assert len(SCREENS) > 15
    assert [model._meta.label for model, screen in SCREENS.items() if not isinstance(screen, OwnedAdmin)] == [
        "accounts.User"
    ]


@pytest.mark.parametrize("model", SCREENS, **LABELS)
def test_nothing_is_shown_or_asked_for_that_is_not_declared_to_be(model: Any, staff: User) -> None:
    screen: Any = SCREENS[model]
    request = RequestFactory().get("/")
    request.user = staff
    shown = {*screen.get_list_display(request), *flatten_fieldsets(screen.get_fieldsets(request))}
    asked = {*screen.list_filter, *screen.search_fields, *screen.sortable_by, *screen.ordering, screen.date_hierarchy}
    many = {field.name for field in screen.opts.many_to_many}
    assert columns_named(screen, shown) - many <= {"id", "user"} | columns_of(screen).shown
    assert columns_named(screen, asked) <= {"id", "user"} | columns_of(screen).shown


@pytest.mark.parametrize("model", [model for model in SCREENS if model is not User], **LABELS)
def test_the_name_of_a_row_tells_nothing_that_is_masked(model: Any) -> None:
    """The console writes it into titles and links."""
    columns = columns_of(SCREENS[model])
    row = model(pk=1, **dict.fromkeys(columns.masked | columns.withheld, "a secret"))
    for name in columns.shown:
        if isinstance(model._meta.get_field(name), DateField):
            setattr(row, name, timezone.now())
    assert "a secret" not in str(row)


@pytest.mark.parametrize("model", [model for model in SCREENS if declaration(model) is None], **LABELS)
def test_the_columns_of_libraries_are_declared_beside_their_screens(model: Any) -> None:
    assert list(mistakes(model, columns_of(SCREENS[model]))) == []


@pytest.fixture
def declared(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Shows accounts as if their columns were declared so."""

    def declare(columns: Columns) -> None:
        monkeypatch.setattr(Account, "columns", columns)
        for name, value in vars(AccountAdmin(Account, admin.site)).items():
            monkeypatch.setattr(SCREENS[Account], name, value, raising=False)  # the one that the addresses lead to

    return declare


def test_a_column_that_becomes_private_is_masked(owner: User, staff_client: Client, declared: Any) -> None:
    account = make_account(owner, "Secret savings", bank_name="Secret bank")
    pages = [LIST, f"{LIST}{account.pk}/change/"]
    assert "Secret savings" in staff_client.get(LIST).content.decode()
    assert "Secret bank" in staff_client.get(pages[1]).content.decode()
    declared(Columns(public="account_type is_active created_at", private="name bank_name current_balance"))
    for page in pages:
        text = staff_client.get(page).content.decode()
        assert "•••••" in text
        assert "Secret bank" not in text
    staff_client.post(f"/console/unmask/{owner.pk}/", {"reason": "Ticket 12: wrong balance"})
    assert "Secret bank" in staff_client.get(pages[1]).content.decode()
    assert "Secret savings" in staff_client.get(LIST).content.decode()


def test_a_column_that_is_forgotten_or_withheld_is_not_shown(owner: User, staff_client: Client, declared: Any) -> None:
    account = make_account(owner, bank_name="Secret bank", number_last4="4321")
    declared(Columns(public="name account_type is_active created_at", private="current_balance", withheld="bank_name"))
    staff_client.post(f"/console/unmask/{owner.pk}/", {"reason": "Ticket 12: wrong balance"})
    text = staff_client.get(f"{LIST}{account.pk}/change/").content.decode()
    assert not [secret for secret in ("Secret bank", "4321") if secret in text]


def test_a_screen_without_a_declaration_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match="ConsoleJob declares none"):
        OwnedAdmin(ConsoleJob, admin.site)
