"""Saved filters: kept for their owner, at most 30, told when refused."""

import re
from html import unescape
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from accounts.people.services import erase_user
from tests.factories import make_account, make_transaction, make_user
from transactions.models import SavedFilter
from transactions.search import services
from transactions.search.services import MAX_SAVED, RefusedFilter, save_filter

URL = "/transactions/"
SAVE = "/transactions/filters/save/"


def names(user):
    return list(SavedFilter.objects.for_user(user).order_by("name").values_list("name", "query"))


def fill(user, count):
    SavedFilter.objects.bulk_create(SavedFilter(user=user, name=f"Filter {n}", query=f"q=x{n}") for n in range(count))


def links(page):
    """Where each saved filter leads, whether it is shown now, and its name."""
    link = r'<a class="chip" href="([^"]*)"( aria-current="true")?><svg.*?</svg><span>([^<]*)'
    found = re.findall(link, page.text, re.S)
    return [(unescape(address), bool(current), name) for address, current, name in found]


def test_save_open_rename_delete(owner, owner_client):
    make_transaction(owner, "-60", description="Big shop")
    make_transaction(owner, "-5", description="Small shop")
    listed = owner_client.get(URL, {"q": "amount > 50  SHOP"})
    query = listed.context["form"].query
    assert query == "q=amount%3E50+SHOP"
    assert f'name="query" value="{query}"' in listed.text

    answer = owner_client.post(SAVE, {"name": " Big ones ", "query": query})
    assert answer.status_code == 302
    assert answer.url == f"{URL}?{query}"
    assert names(owner) == [("Big ones", query)]

    page = owner_client.get(URL)
    assert links(page) == [(f"{URL}?{query}", False, "Big ones")]
    opened = owner_client.get(links(page)[0][0])
    assert [entry.description for day in opened.context["listing"].days for entry in day.entries] == ["Big shop"]
    assert links(opened) == [(f"{URL}?{query}", True, "Big ones")]
    assert "Rename or delete" in opened.text
    assert "Save this filter" not in opened.text

    edit = reverse("transactions:filter_edit", args=[SavedFilter.objects.for_user(owner).get().pk])
    assert f'href="{edit}"' in opened.text
    assert 'value="Big ones"' in owner_client.get(edit).text
    assert owner_client.post(edit, {"name": "Large"}).url == f"{URL}?{query}"
    assert names(owner) == [("Large", query)]

    deleted = owner_client.post(f"{edit}delete/", follow=True)
    assert deleted.redirect_chain == [(f"{URL}?{query}", 302)]
    assert "Deleted the saved filter “Large”" in deleted.text
    assert names(owner) == []


def test_one_filter_is_one_query_string_however_it_is_written(owner, owner_client):
    account = make_account(owner)
    ways = [
        f"q=amount>50+shop&account={account.pk}&direction=&after=cursor",
        f"account={account.pk}&q=AMOUNT > 50.00   shop shop",
    ]
    for number, query in enumerate(ways):
        owner_client.post(SAVE, {"name": f"Way {number}", "query": query})
    assert {query for _, query in names(owner)} == {f"q=amount%3E50+shop&account={account.pk}"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"name": "", "query": "q=x"}, "This field is required"),
        ({"name": "x" * 61, "query": "q=x"}, "at most 60"),
        ({"name": "Taken", "query": "q=y"}, "You already have a saved filter or report “Taken”."),
        ({"name": "New", "query": ""}, "There is no filter to save"),
        ({"name": "New", "query": "direction="}, "There is no filter to save"),
        ({"name": "New", "query": "q=foo:bar"}, "has a mistake in it"),
        ({"name": "New", "query": "account=999999"}, "has a mistake in it"),
        ({"name": "New", "query": "q=" + "é" * 90}, "too long to be saved"),
        ({"name": "New\x00", "query": "q=x"}, "Null characters"),
    ],
)
def test_what_cannot_be_saved_is_told_and_nothing_changes(owner, owner_client, data, sentence):
    SavedFilter.objects.create(user=owner, name="Taken", query="q=x")
    answer = owner_client.post(SAVE, data)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert names(owner) == [("Taken", "q=x")]


def test_a_name_of_another_filter_is_refused_when_renaming(owner, owner_client):
    fill(owner, 2)
    mine = SavedFilter.objects.get(user=owner, name="Filter 0")
    answer = owner_client.post(reverse("transactions:filter_edit", args=[mine.pk]), {"name": "Filter 1"})
    assert answer.status_code == 422
    assert "You already have a saved filter or report “Filter 1”." in answer.text
    assert [name for name, _ in names(owner)] == ["Filter 0", "Filter 1"]


def test_thirty_are_the_most(owner, owner_client):
    fill(owner, MAX_SAVED)
    answer = owner_client.post(SAVE, {"name": "One more", "query": "q=x"})
    assert answer.status_code == 422
    assert "You have 30 saved filters" in answer.text
    assert SavedFilter.objects.for_user(owner).count() == MAX_SAVED


def test_two_people_may_use_one_name_and_only_see_their_own(owner, owner_client, stranger, stranger_client):
    for client in (owner_client, stranger_client):
        assert client.post(SAVE, {"name": "Mine", "query": "q=x"}).status_code == 302
    assert len(links(owner_client.get(URL))) == 1
    assert names(owner) == names(stranger) == [("Mine", "q=x")]


def test_anothers_filter_is_not_there(owner, stranger, stranger_client, staff_client, client):
    mine = SavedFilter.objects.create(user=owner, name="Private", query="q=secret")
    SavedFilter.objects.create(user=stranger, name="Private", query="q=secret")
    edit = reverse("transactions:filter_edit", args=[mine.pk])
    delete = reverse("transactions:filter_delete", args=[mine.pk])
    for actor in (stranger_client, staff_client):
        assert actor.get(edit).status_code == 404
        assert actor.post(edit, {"name": "Taken over"}).status_code == 404
        assert actor.post(delete).status_code == 404
    for address in (edit, delete, SAVE):
        answer = client.post(address, {"name": "x", "query": "q=x"})
        assert answer.status_code == 302
        assert answer.url.startswith(reverse("account_login"))
    assert names(owner) == [("Private", "q=secret")]
    assert SavedFilter.objects.count() == 2


def test_deleting_is_a_post(owner, owner_client):
    mine = SavedFilter.objects.create(user=owner, name="Kept", query="q=x")
    assert owner_client.get(reverse("transactions:filter_delete", args=[mine.pk])).status_code == 405
    assert SavedFilter.objects.filter(pk=mine.pk).exists()


def test_a_filter_of_something_that_is_gone_says_so(owner, owner_client):
    SavedFilter.objects.create(user=owner, name="Old", query="account=999999")
    make_transaction(owner)
    page = owner_client.get(links(owner_client.get(URL))[0][0])
    assert "That is not one of yours." in page.text
    assert "This filter asks for something that is gone." in page.text
    assert page.context["listing"].days == []


def test_erasing_the_person_takes_them_along(owner):
    fill(owner, 2)
    erase_user(user=owner)
    assert SavedFilter.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"name": "", "query": "q=x"}, "saved_filter_name_given"),
        ({"name": "x", "query": ""}, "saved_filter_query_given"),
        ({"name": "Taken", "query": "q=y"}, "uq_saved_filter_user_name"),
    ],
)
def test_the_database_holds_the_rules(owner, fields, rule):
    SavedFilter.objects.create(user=owner, name="Taken", query="q=x")
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        SavedFilter.objects.create(user=owner, **fields)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_not_make_thirty_one():
    user = make_user("racer")
    fill(user, MAX_SAVED - 1)
    barrier, refused = Barrier(2), []

    def save(number):
        try:
            barrier.wait(10)
            save_filter(user=user, name=f"Race {number}", query="q=x")
        except RefusedFilter as refusal:
            refused.append(str(refusal))
        finally:
            connection.close()

    threads = [Thread(target=save, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(refused) == 1
    assert SavedFilter.objects.for_user(user).count() == MAX_SAVED
    assert services.MAX_QUERY == 500
