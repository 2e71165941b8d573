"""Columns of a CSV that say more than day, amount and text: categories, tags, account, currency."""

from typing import Any

import pytest
from django.urls import reverse

from tests.factories import make_account, make_subcategory, make_transaction
from tests.transactions.importing.helpers import columns_form, staged, statement, step, upload
from transactions.categories.services import delete_subcategory, merge_subcategory
from transactions.importing import services
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reader import parse_csv
from transactions.importing.filing import categories
from transactions.importing.filing.categories import TooManyNames, levels
from transactions.models import Category, FileCategory, Subcategory, Tag, Transaction
from transactions.rules.services import RuleTerms, add_rule

pytestmark = pytest.mark.django_db

MINT = statement(
    "2026-03-02,Rewe,-10,Food,Groceries,home; two words,R1,EUR",
    "2026-03-03,Rewe,-11,Food,Groceries,,R2,EUR",
    "2026-03-04,Kino,-12,Fun,Fun,#out,R3,EUR",
    "2026-03-05,Job,2000,Work,Pay,,R4,EUR",
    "2026-03-06,Nothing,-1,,,,R5,EUR",
    head="Date,Description,Amount,Category Group,Category,Tags,Reference,Currency",
)


def names(user: Any) -> dict[str, str | None]:
    kept = FileCategory.objects.for_user(user).select_related("subcategory").order_by("name")
    return {each.name: each.subcategory and each.subcategory.name for each in kept}


def ask(client: Any, batch: Any) -> Any:
    return client.get(step("categories", batch))


def answered(client: Any, batch: Any, **choices: str) -> Any:
    """Send the page of names with some choices, by name with underscores, as a browser would."""
    form = ask(client, batch).context["form"]
    sent = {bound.html_name: bound.value() or "" for _, bound in form.rows()}
    by_name = {each.name: bound.html_name for each, bound in form.rows()}
    sent |= {by_name[name.replace("_", " ")]: choice for name, choice in choices.items() if name != "create_missing"}
    return client.post(step("categories", batch), sent | {k: "on" for k in ("create_missing",) if k in choices})


def imported_rows(user: Any, batch: Any) -> dict[str, str | None]:
    rows = Transaction.objects.for_user(user).filter(import_batch=batch).select_related("subcategory").order_by("pk")
    return {f"{row.booked_on:%d} {row.description}": row.subcategory and row.subcategory.name for row in rows}


def test_from_columns_over_names_to_rows(owner: Any, stranger: Any, owner_client: Any) -> None:
    """Asked once: the next file with the same categories goes straight to its rows."""
    account, food = make_account(owner), make_subcategory(owner)
    make_subcategory(stranger, "Fun", "Fun")
    answer = upload(owner_client, account, MINT)
    page = owner_client.get(answer.url)
    batch = page.context["batch"]
    assert page.context["form"]["category_columns"].value() == [3, 4]
    answer = owner_client.post(step("configure", batch), columns_form(page))
    assert answer.url == step("categories", batch)
    shown = {
        each.name: (each.count, str(each.total), bound.value())
        for each, bound in ask(owner_client, batch).context["form"].rows()
    }
    assert shown == {
        "Food: Groceries": (2, "-21.00", f"s{food.pk}"), "Fun": (1, "-12.00", ""), "Work: Pay": (1, "2000.00", ""),
    }  # fmt: skip
    answer = answered(owner_client, batch, **{"Work: Pay": "new"})
    assert answer.url == step("check", batch)
    assert names(owner) == {"Food: Groceries": "Groceries", "Fun": None, "Work: Pay": "Pay"}
    assert Category.objects.get(user=owner, name="Work").kind == "income"
    owner_client.post(step("commit", batch), {"categorise": "on"})
    assert imported_rows(owner, batch) == {
        "02 Rewe": "Groceries", "03 Rewe": "Groceries", "04 Kino": None, "05 Job": "Pay", "06 Nothing": None,
    }  # fmt: skip
    more = staged(owner, account, MINT.replace(b"2026-03", b"2026-04"))
    page = owner_client.get(step("configure", more))
    assert owner_client.post(step("configure", more), columns_form(page)).url == step("check", more)
    assert names(stranger) == {}


def test_what_is_missing_is_created_once(owner: Any, owner_client: Any) -> None:
    batch = staged(owner, make_account(owner), MINT)
    for _ in range(2):
        answered(owner_client, batch, create_missing="on")
    assert names(owner) == {"Food: Groceries": "Groceries", "Fun": "Fun", "Work: Pay": "Pay"}
    tree = Subcategory.objects.for_user(owner).order_by("category__name").values_list("category__name", "name")
    assert list(tree) == [("Food", "Groceries"), ("Fun", "Fun"), ("Work", "Pay")]


def test_a_new_one_below_a_category_of_ones_own(owner: Any, owner_client: Any) -> None:
    food = make_subcategory(owner).category
    batch = staged(owner, make_account(owner), MINT)
    answered(owner_client, batch, Fun=f"c{food.pk}")
    assert Subcategory.objects.get(user=owner, name="Fun").category_id == food.pk


@pytest.mark.parametrize("front", ["s", "c"])
def test_nothing_of_a_stranger_can_be_chosen(owner: Any, stranger: Any, owner_client: Any, front: str) -> None:
    theirs = make_subcategory(stranger, "Theirs")
    batch = staged(owner, make_account(owner), MINT)
    answer = answered(owner_client, batch, Fun=f"{front}{theirs.pk if front == 's' else theirs.category_id}")
    assert answer.status_code == 422
    assert "Theirs" not in answer.text
    assert names(owner) == {}
    with pytest.raises(Exception, match="no longer there"):
        categories.remember(user=owner, chosen={"Fun": f"s{theirs.pk}"}, totals={})
    assert names(owner) == {}


def test_a_strangers_file_is_not_there(owner: Any, stranger_client: Any) -> None:
    batch = staged(owner, make_account(owner), MINT)
    assert stranger_client.get(step("categories", batch)).status_code == 404
    assert stranger_client.post(step("categories", batch), {"create_missing": "on"}).status_code == 404
    assert not FileCategory.objects.exists()


def test_a_rule_goes_before_the_file_and_the_file_before_the_history(owner: Any) -> None:
    food, fun, gifts = (make_subcategory(owner, name) for name in ("Groceries", "Fun", "Gifts"))
    make_transaction(owner, "-1", description="Kino", subcategory=gifts)
    categories.remember(user=owner, chosen={"Food: Groceries": f"s{food.pk}", "Fun": f"s{fun.pk}"}, totals={})
    add_rule(user=owner, terms=RuleTerms(text="rewe", subcategory=gifts))
    batch = services.commit(batch=staged(owner, make_account(owner), MINT), categorise=True)
    assert imported_rows(owner, batch)["02 Rewe"] == "Gifts"
    assert imported_rows(owner, batch)["04 Kino"] == "Fun"


def test_names_follow_a_merge_and_are_asked_again_after_a_deletion(owner: Any, owner_client: Any) -> None:
    food, fun = make_subcategory(owner), make_subcategory(owner, "Fun")
    categories.remember(user=owner, chosen={"Food: Groceries": f"s{food.pk}"}, totals={})
    merge_subcategory(user=owner, source=food, target=fun)
    assert names(owner) == {"Food: Groceries": "Fun"}
    delete_subcategory(user=owner, subcategory_id=fun.pk)
    assert names(owner) == {}


def test_more_than_a_page_of_names(owner: Any, owner_client: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(categories, "MOST_ASKED", 2)
    batch = staged(owner, make_account(owner), MINT)
    assert answered(owner_client, batch).url == step("categories", batch)
    assert answered(owner_client, batch).url == step("check", batch)
    assert len(names(owner)) == 3
    monkeypatch.setattr(categories, "MOST_NAMES", 2)
    with pytest.raises(TooManyNames):
        categories.remember(user=owner, chosen={"Other": ""}, totals={})
    assert len(names(owner)) == 3


def test_a_column_that_is_not_chosen_is_left_out(owner: Any, owner_client: Any) -> None:
    """References go into the comment when they are chosen, and tags become tags; neither goes anywhere else."""
    batch = staged(owner, make_account(owner), MINT)
    page = owner_client.get(step("configure", batch))
    owner_client.post(step("configure", batch), columns_form(page, category_columns=[]))
    assert {row.row.comment for row in services.preview(batch=fresh(batch)).rows} == {""}
    assert {row.row.category for row in services.preview(batch=fresh(batch)).rows} == {""}
    chosen = columns_form(page, category_columns=[], tag_columns=[5], comment_columns=[6], currency_column=7)
    owner_client.post(step("configure", batch), chosen)
    rows = [row.row for row in services.preview(batch=fresh(batch)).rows]
    assert [row.comment for row in rows] == ["R1", "R2", "R3", "R4", "R5"]
    assert [row.tags for row in rows] == ["home,two words", "", "out", "", ""]
    assert [row.description for row in rows] == ["Rewe", "Rewe", "Kino", "Job", "Nothing"]
    theirs = Tag.objects.create(user=owner, name="HOME")
    services.commit(batch=fresh(batch))
    names = dict(Tag.objects.for_user(owner).values_list("pk", "name"))
    assert sorted(names.values()) == ["HOME", "out", "two words"]
    booked = Transaction.objects.for_user(owner).filter(import_batch=batch).order_by("booked_on", "pk")
    assert [[names[tag] for tag in row.tag_ids or ()] for row in booked[:3]] == [["HOME", "two words"], [], ["out"]]
    assert theirs.pk in names


def fresh(batch: Any) -> Any:
    return type(batch).objects.select_related("account", "user").get(pk=batch.pk)


def test_account_and_currency_by_a_column_that_no_heading_names() -> None:
    data = statement("2026-03-02,A,-1,DE00 1234,CHF", head="Date,Description,Amount,Whose,Money")
    layout = CsvLayout(description_columns=(1,), amount_column=2)
    plain = parse_csv(data, layout)
    assert (plain.account_hint, plain.currency) == ("", "")
    told = parse_csv(data, CsvLayout.from_dict(layout.to_dict() | {"account_column": 3, "currency_column": 4}))
    assert (told.account_hint, told.currency) == ("1234", "CHF")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Food: Bread", ("Food", "Bread")),
        ("Food:Bread:White", ("Food", "White")),
        ("Food", ("Food", "Food")),
        ("Food:", ("Food", "Food")),
        ("x" * 200, ("x" * 100, "x" * 100)),
    ],
)
def test_levels(name: str, found: tuple[str, str]) -> None:
    assert levels(name) == found


def test_other_kinds_of_files_have_no_names(owner: Any, owner_client: Any) -> None:
    qif = b"!Type:Bank\nD03/04/2026\nT-4.00\nPShop\n^\n"
    batch = staged(owner, make_account(owner), qif, "a.qif")
    assert owner_client.get(step("categories", batch)).url == reverse("transactions:import_check", args=[batch.pk])
