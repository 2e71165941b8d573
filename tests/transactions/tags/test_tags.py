"""Tags at the URL: on rows and off them, renamed, merged, deleted; found, moved in bulk and taken back."""

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.people.services import erase_user
from tests.factories import make_account, make_transaction
from tests.transactions.bulk.test_bulk_pages import BULK, UNDO, fields_of, said
from tests.transactions.importing.helpers import staged, statement
from transactions.importing import services as services_of_import
from transactions.models import SavedFilter, Tag, Transaction
from transactions.models.cached_names import names_of
from transactions.tags import services
from transactions.tags.services import MOST
from wealthwise.core.caching import forget

LIST, HOME = "/transactions/", "/transactions/tags/"
ENTRY = {"direction": "expense", "amount": "9", "description": "Hotel", "date": "2026-03-01"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(owner, stranger):
    """Three rows, two of them tagged; a stranger's with a tag of the same name."""
    journey, gift = (Tag.objects.create(user=owner, name=name) for name in ("Journey", "Gift"))
    theirs = Tag.objects.create(user=stranger, name="Journey")
    rows = [
        make_transaction(owner, "-1", "2026-03-01", "Train", tag_ids=[journey.pk]),
        make_transaction(owner, "-2", "2026-03-02", "Book", tag_ids=[journey.pk, gift.pk]),
        make_transaction(owner, "-3", "2026-03-03", "Bread"),
    ]
    make_transaction(stranger, "-1", "2026-03-01", "Train", tag_ids=[theirs.pk])
    forget(owner.pk)
    return SimpleNamespace(journey=journey, gift=gift, theirs=theirs, rows=rows)


def tags(row):
    names = dict(Tag.objects.values_list("pk", "name"))
    return [names[pk] for pk in Transaction.objects.get(pk=row.pk).tag_ids or ()]


def listed(client, **query):
    page = client.get(LIST, query)
    return [entry.description for day in page.context["listing"].days for entry in day.entries]


def test_a_new_row_has_what_was_typed_once_and_whatever_its_case(owner, owner_client, world):
    owner_client.post("/transactions/add/", ENTRY | {"tags": "#journey, Sea side ,, JOURNEY"})
    row = Transaction.objects.for_user(owner).get(description="Hotel")
    assert sorted(tags(row)) == ["Journey", "Sea side"]
    assert row.tag_ids == sorted(row.tag_ids)
    page = owner_client.get(f"{LIST}{row.pk}/")
    assert 'value="Journey, Sea side"' in page.text
    assert '<option value="Gift">' in page.text
    assert "#Sea side" in owner_client.get(LIST).text


@pytest.mark.parametrize("name", ["İstanbul", "ΟΔΟΣ", "ÉTÉ"])
def test_a_name_is_the_same_in_capitals_of_any_language(owner, owner_client, name):
    """Small letters are those of the database: Python makes two of İ, and another one of the last Σ."""
    for _ in range(2):
        owner_client.post("/transactions/add/", ENTRY | {"tags": name})
    tag = Tag.objects.for_user(owner).get()
    assert [row.tag_ids for row in Transaction.objects.for_user(owner)] == [[tag.pk], [tag.pk]]
    batch = staged(owner, make_account(owner), statement(f"2026-03-02,Bus,-2,{name}", head="Date,Text,Amount,Tags"))
    assert batch.layout["tag_columns"] == []
    batch.layout["tag_columns"] = [3]
    batch.save()
    services_of_import.commit(batch=batch)
    assert Transaction.objects.for_user(owner).get(description="Bus").tag_ids == [tag.pk]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x" * 51, "A tag has at most 50 letters"),
        (",".join(f"t{n}" for n in range(21)), "A transaction has at most 20 tags."),
    ],
)
def test_what_is_no_tag_is_told_and_nothing_is_saved(owner, owner_client, world, typed, sentence):
    answer = owner_client.post("/transactions/add/", ENTRY | {"tags": typed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert (Tag.objects.for_user(owner).count(), Transaction.objects.for_user(owner).count()) == (2, 3)


def test_no_more_than_a_person_can_have(owner, owner_client, world):
    Tag.objects.bulk_create(Tag(user=owner, name=f"n{number}") for number in range(MOST - 2))
    answer = owner_client.post("/transactions/add/", ENTRY | {"tags": "One more"})
    assert answer.status_code == 422
    assert "You can have 300 tags." in answer.text
    assert Tag.objects.for_user(owner).count() == MOST
    assert owner_client.post("/transactions/add/", ENTRY | {"tags": "gift"}).status_code == 302


def test_an_edit_changes_them_and_can_be_undone(owner, owner_client, world):
    row, address = world.rows[1], f"{LIST}{world.rows[1].pk}/"
    same = ENTRY | {"amount": "2", "description": "Book", "date": "2026-03-02"}
    owner_client.post(address, same)  # a form that does not ask for them
    assert tags(row) == ["Journey", "Gift"]
    answer = owner_client.post(address, same | {"tags": "Gift, New"})
    assert tags(row) == ["Gift", "New"]
    undo = owner_client.get(LIST).context["listing"].figures.undo_id
    services.delete_tag(user=owner, tag_id=world.journey.pk)
    owner_client.post(UNDO, {"action": undo})
    assert answer.status_code == 302
    assert tags(row) == ["Gift"]  # Journey is gone
    owner_client.post(address, same | {"tags": ""})
    assert Transaction.objects.get(pk=row.pk).tag_ids is None


def test_two_tabs_on_the_tags_of_one_row(owner, owner_client, world):
    row = world.rows[0]
    page = owner_client.get(f"{LIST}{row.pk}/")
    shown = page.context["form"]["shown"].value()
    Transaction.objects.filter(pk=row.pk).update(tag_ids=[world.gift.pk])
    sent = ENTRY | {"amount": "1", "description": "Train", "shown": shown}
    answer = owner_client.post(f"{LIST}{row.pk}/", sent | {"tags": "Journey, Other"})
    assert answer.status_code == 422
    assert "Meanwhile it became “Gift”." in answer.context["form"].errors["tags"][0]
    assert tags(row) == ["Gift"]
    owner_client.post(f"{LIST}{row.pk}/", sent | {"tags": "Journey", "comment": "new"})
    assert tags(row) == ["Gift"]  # only the other tab changed them


def test_both_sides_of_a_transfer_begin_with_them_and_keep_their_own(owner, owner_client, world):
    here, there = make_account(owner), make_account(owner, "Savings")
    sent = {"amount": "5", "description": "Moved", "date": "2026-03-04", "source": here.pk, "target": there.pk}
    owner_client.post("/transactions/transfer/", sent | {"tags": "Gift"})
    out, into = Transaction.objects.for_user(owner).filter(description="Moved").order_by("amount")
    assert tags(out) == tags(into) == ["Gift"]
    owner_client.post(f"{LIST}{out.pk}/", sent | {"tags": "Journey"})
    assert (tags(out), tags(into)) == (["Journey"], ["Gift"])


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"q": "tag:journey"}, ["Book", "Train"]),
        ({"q": "tag:jour -tag:gift"}, ["Train"]),
        ({"q": "tag:none"}, ["Bread"]),
        ({"q": "tag:gift,none"}, ["Bread", "Book"]),
        ({"q": "-tag:journey"}, ["Bread"]),
        ({"q": "journey"}, ["Book", "Train"]),
        ({"q": "tag:nothing"}, []),
    ],
)
def test_they_are_searched(owner_client, world, query, wanted):
    assert listed(owner_client, **query) == wanted


def test_they_are_filtered_by(owner_client, world):
    assert listed(owner_client, tag=[world.journey.pk]) == ["Book", "Train"]
    page = owner_client.get(LIST, {"tag": world.gift.pk})
    assert [chip.label for chip in page.context["form"].chips] == ["#Gift"]
    assert listed(owner_client, tag=world.theirs.pk) == []


def test_bulk_gives_and_takes_off_and_is_undone(owner, owner_client, world):
    ids = [row.pk for row in world.rows]
    answer = owner_client.post(BULK, {"row": ids, "action": "move", "target": f"t{world.gift.pk}"})
    assert said(answer)[-1] == "2 transactions tagged Gift. 1 was left as it was."
    assert [tags(row) for row in world.rows] == [["Journey", "Gift"], ["Journey", "Gift"], ["Gift"]]
    page = owner_client.get(LIST)
    Transaction.objects.filter(pk=ids[2]).update(tag_ids=None)
    owner_client.post(UNDO, {"action": page.context["listing"].figures.undo_id})
    assert [tags(row) for row in world.rows] == [["Journey"], ["Journey", "Gift"], []]
    asked = owner_client.post(
        BULK, {"all": "1", "seen": 2, "filter": "?q=tag:journey", "action": "move", "target": f"u{world.journey.pk}"}
    )
    answer = owner_client.post(BULK, fields_of(asked)) if asked.status_code == 200 else asked
    assert said(answer)[-1] == "The tag Journey taken off 2 transactions."
    assert [tags(row) for row in world.rows] == [[], ["Gift"], []]
    owner_client.post(UNDO, {"action": owner_client.get(LIST).context["listing"].figures.undo_id})
    assert [tags(row) for row in world.rows] == [["Journey"], ["Journey", "Gift"], []]


def test_bulk_does_not_reach_others(stranger_client, stranger, world):
    own = Transaction.objects.for_user(stranger).get()
    for target in (f"t{world.gift.pk}", f"u{world.journey.pk}"):
        stranger_client.post(BULK, {"row": [own.pk, world.rows[0].pk], "action": "move", "target": target})
    stranger_client.post(BULK, {"row": [world.rows[2].pk], "action": "move", "target": f"t{world.theirs.pk}"})
    assert [tags(row) for row in world.rows] == [["Journey"], ["Journey", "Gift"], []]
    assert own.tag_ids == [world.theirs.pk]


def test_deleted_rows_come_back_with_the_tags_that_there_are(owner, owner_client, world):
    ids = [row.pk for row in world.rows]
    owner_client.post(BULK, {"row": ids, "action": "delete", "confirmed": "1", "seen": 3})
    owner_client.post(f"{HOME}{world.journey.pk}/delete/")
    owner_client.post(UNDO, {"action": owner_client.get(LIST).context["listing"].figures.undo_id})
    assert [tags(row) for row in world.rows] == [[], ["Gift"], []]


def test_the_page_shows_them_with_their_rows(owner_client, world):
    page = owner_client.get(HOME)
    assert [(tag.name, tag.rows) for tag in page.context["tags"]] == [("Gift", 1), ("Journey", 2)]


def test_renaming_merging_and_deleting(owner, owner_client, stranger, world):
    SavedFilter.objects.create(user=owner, name="Trip", query=f"tag={world.journey.pk}&tag={world.gift.pk}")
    assert owner_client.post(f"{HOME}{world.gift.pk}/", {"name": "journey"}).status_code == 422
    owner_client.post(f"{HOME}{world.gift.pk}/", {"name": "Present"})
    assert tags(world.rows[1]) == ["Journey", "Present"]
    owner_client.post(f"{HOME}{world.journey.pk}/merge/", {"target": world.gift.pk})
    assert [tags(row) for row in world.rows] == [["Present"], ["Present"], []]
    assert SavedFilter.objects.for_user(owner).get().query == f"tag={world.gift.pk}"
    asked = owner_client.get(f"{HOME}{world.gift.pk}/delete/")
    assert "2 transactions have it and stay without it." in asked.text
    owner_client.post(f"{HOME}{world.gift.pk}/delete/")
    assert [Transaction.objects.get(pk=row.pk).tag_ids for row in world.rows] == [None, None, None]
    assert Transaction.objects.for_user(stranger).get().tag_ids == [world.theirs.pk]


def test_adding(owner, owner_client, world):
    assert owner_client.post(f"{HOME}add/", {"name": "a, b"}).status_code == 422
    assert owner_client.post(f"{HOME}add/", {"name": "#House"}).status_code == 302
    assert sorted(names_of(owner).tags.values()) == ["Gift", "House", "Journey"]


def test_anothers_tag_is_not_there(stranger_client, staff_client, world):
    for client in (stranger_client, staff_client):
        for page in ("", "merge/", "delete/"):
            assert client.get(f"{HOME}{world.gift.pk}/{page}").status_code == 404
            assert client.post(f"{HOME}{world.gift.pk}/{page}", {"name": "Mine"}).status_code == 404
    merged = stranger_client.post(f"{HOME}{world.theirs.pk}/merge/", {"target": world.gift.pk})
    assert merged.status_code == 422
    assert Tag.objects.get(pk=world.gift.pk).name == "Gift"


@pytest.mark.parametrize("ids", [[999_999], "theirs", [], list(range(1, 22))])
def test_the_database_holds_the_rules(owner, world, ids):
    ids = [world.theirs.pk] if ids == "theirs" else ids
    with pytest.raises(IntegrityError, match="tag"), transaction.atomic():
        make_transaction(owner, tag_ids=ids)
    with pytest.raises(IntegrityError, match="tag"), transaction.atomic():
        Transaction.objects.filter(pk=world.rows[0].pk).update(tag_ids=ids)
    assert tags(world.rows[0]) == ["Journey"]


@pytest.mark.parametrize("name", ["", "a,b", "#a", " a", "a "])
def test_the_database_holds_what_a_name_is(owner, name):
    with pytest.raises(IntegrityError, match="tag_name_given"), transaction.atomic():
        Tag.objects.create(user=owner, name=name)


def test_erasing_the_person_takes_them_along(owner, stranger, world):
    erase_user(user=owner)
    assert list(Tag.objects.values_list("pk", flat=True)) == [world.theirs.pk]
    assert Transaction.objects.for_user(stranger).get().tag_ids == [world.theirs.pk]


def test_names_are_read_from_what_was_typed():
    assert services.names_in(" #a,, b  c ,A") == ("a", "b c")
    assert services.names_in("# ,,") == ()
    assert reverse("transactions:tags") == HOME
