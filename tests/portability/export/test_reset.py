"""Resetting: everything goes but the user, after the password, in one transaction, also twice at once."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.concurrency import at_once, while_waiting
from tests.factories import PASSWORD, make_account, make_period, make_subcategory, make_transaction, make_user
from tests.portability.export.households import Household, export, told
from transactions.bulk import services as bulk
from transactions.models import Category, ImportBatch, SpendingSummary, Transaction
from wealthwise.core.caching import CACHED, CachedFact
from wealthwise.core.errors import DomainError
from wealthwise.demo import sample_data
from wealthwise.portability.export import services
from wealthwise.portability.export.sections import SECTIONS
from wealthwise.portability.export.services import Busy, contents, in_words, reset

pytestmark = pytest.mark.django_db
URL = "/accounts/settings/data/reset/"


def furnish(user: User) -> None:
    account = make_account(user, "Current", "100.00")
    make_transaction(user, account=account, subcategory=make_subcategory(user))
    make_transaction(user)
    make_period(user)
    ImportBatch.objects.create(user=user, account=account, file_name="a.csv", kind="csv", content=b"x")


def test_everything_goes_but_the_person(owner: User, owner_client: Client, stranger: User) -> None:
    furnish(owner)
    furnish(stranger)
    before = export(stranger)
    told_before = owner_client.get(URL).content.decode()
    assert (
        "This deletes 1 account, 1 category, 1 subcategory, 1 imported file, 1 budget period and 2 transa"
        in told_before
    )
    response = owner_client.post(URL, {"password": PASSWORD})
    assert response.url == "/accounts/settings/data/"
    assert contents(user=owner) == {}
    assert not SpendingSummary.objects.filter(user=owner).exists()
    same = User.objects.get(pk=owner.pk)
    assert (same.username, same.email, same.onboarding_step) == ("owner", "owner@example.com", 5)
    assert told(export(stranger)) == told(before)
    assert ImportBatch.objects.filter(user=stranger).count() == 1
    for path in ("/dashboard/", "/transactions/", "/budget/", "/accounts/", "/transactions/categories/"):
        assert owner_client.get(path, follow=True).status_code == 200, path


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_changes_nothing(owner: User, owner_client: Client, password: str) -> None:
    furnish(owner)
    before = export(owner)
    response = owner_client.post(URL, {"password": password})
    assert list(response.context["form"].errors) == ["password"]
    assert told(export(owner)) == told(before)


def test_the_password_cannot_be_guessed_there(owner: User, owner_client: Client) -> None:
    furnish(owner)
    codes = [owner_client.post(URL, {"password": "wrong"}).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]


def test_a_get_deletes_nothing(owner: User, owner_client: Client) -> None:
    furnish(owner)
    assert owner_client.get(URL).status_code == 200
    assert Transaction.objects.filter(user=owner).count() == 2


def test_without_anything_there_is_one_thing_to_do(owner_client: Client) -> None:
    page = owner_client.get(URL).content.decode()
    assert "There is nothing to delete" in page
    assert 'href="/accounts/settings/data/import/"' in page


def test_a_reset_needs_a_person(client: Client) -> None:
    bystander = make_user("bystander")
    furnish(bystander)
    assert client.post(URL, {"password": PASSWORD}).url == f"/auth/login/?next={URL}"
    assert Transaction.objects.count() == 2


def test_staff_reset_their_own(owner: User, staff_client: Client) -> None:
    furnish(owner)
    staff_client.post(URL, {"password": PASSWORD})
    assert Transaction.objects.filter(user=owner).count() == 2


@pytest.mark.parametrize("seed", range(5))
def test_any_household(owner: User, seed: int) -> None:
    Household(owner, seed)
    what = contents(user=owner)
    assert reset(user=owner) == what
    assert contents(user=owner) == {}


def test_the_sample_too(owner: User) -> None:
    sample_data.build(owner, timezone.localdate())
    reset(user=owner)
    assert (contents(user=owner), sample_data.sample_of(owner)) == ({}, None)


def test_it_takes_a_fixed_number_of_statements(owner: User, django_assert_max_num_queries: Any) -> None:
    sample_data.build(owner, timezone.localdate())
    with django_assert_max_num_queries(34):
        reset(user=owner)


def test_what_was_cached_is_forgotten(
    owner: User, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wealthwise.core.caching.CACHED", CACHED)
    fact = CachedFact("categories for this test", lambda pk: Category.objects.filter(user_id=pk).count())
    try:
        make_subcategory(owner)
        assert fact.get(owner.pk) == 1
        with django_capture_on_commit_callbacks(execute=True):
            reset(user=owner)
        assert fact.get(owner.pk) == 0
    finally:
        del CACHED[fact.name]


def test_all_or_nothing(owner: User, owner_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes at the same time makes the keys refuse: three tries, then a sentence."""
    furnish(owner)
    tries: list[int] = []

    def refuse(user: User) -> None:
        tries.append(1)
        assert Transaction.objects.filter(user=owner).count() == 0
        raise IntegrityError("written meanwhile")

    monkeypatch.setattr(services, "forget", refuse)
    with pytest.raises(Busy, match="Nothing was deleted"):
        reset(user=owner)
    assert len(tries) == 3
    response = owner_client.post(URL, {"password": PASSWORD})
    assert "Nothing was deleted: try again." in response.content.decode()
    assert Transaction.objects.filter(user=owner).count() == 2


def test_every_section_has_words() -> None:
    assert set(services._WORDS) == {section.key for section in SECTIONS} - {"budgets"}  # one a period
    assert in_words({"accounts": 1}) == "1 account"
    assert in_words({"accounts": 2, "transactions": 1204}) == "2 accounts and 1,204 transactions"
    assert in_words({}) == "nothing"


def outcomes(*works: Any) -> list[str]:
    """What each says when all run at once, a refusal by its name; sorted."""
    found = at_once(*works, refusals=(DomainError,))
    return sorted(type(one).__name__ if isinstance(one, DomainError) else repr(one) for one in found)


@pytest.mark.django_db(transaction=True)
def test_two_resets_at_once() -> None:
    owner = make_user("owner")
    furnish(owner)
    outcome = outcomes(lambda: sum(reset(user=owner).values()), lambda: sum(reset(user=owner).values()))
    assert outcome == ["0", "8"]
    assert contents(user=owner) == {}


@pytest.mark.django_db(transaction=True)
def test_a_reset_while_rows_are_written() -> None:
    """Either the row was first and is gone, or it came after: never half of anything."""
    owner = make_user("owner")
    furnish(owner)

    def write() -> str:
        for _ in range(20):
            make_transaction(owner)
        return "written"

    outcome = outcomes(write, lambda: bool(reset(user=owner)))
    assert outcome == ["'written'", "True"]
    left = contents(user=owner)
    assert set(left) <= {"transactions"}
    summed = sum(row.transaction_count for row in SpendingSummary.objects.filter(user=owner))
    assert summed == left.get("transactions", 0)


@pytest.mark.django_db(transaction=True)
def test_what_was_deleted_in_bulk_does_not_come_back_behind_a_reset() -> None:
    owner = make_user("owner")
    make_transaction(owner, subcategory=None)
    deleted = bulk.delete(user=owner, rows=Transaction.objects.for_user(owner), seen=1)
    answer = while_waiting(lambda: reset(user=owner), lambda: bulk.undo(user=owner, action_id=deleted.action_id))
    assert isinstance(answer, bulk.NoLongerLast)
    assert contents(user=owner) == {}


@pytest.mark.django_db(transaction=True)
def test_a_reset_and_an_import_at_once() -> None:
    owner, source = make_user("owner"), make_user("source")
    furnish(owner)
    furnish(source)
    data = export(source)
    outcome = outcomes(
        lambda: bool(reset(user=owner)), lambda: bool(services.restore(user=owner, chunks=lambda: [data]))
    )
    assert outcome in (["NotEmpty", "True"], ["True", "True"])
    assert contents(user=owner) in ({}, contents(user=source) | {"imports": 0}, imported(source))


def imported(source: User) -> dict[str, int]:
    return {key: count for key, count in contents(user=source).items() if key != "imports"}
