"""The cached category tree under concurrent writers: what was committed is what the next reader gets."""

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import make_subcategory, make_user
from transactions.categories import services
from transactions.models.cached_names import NAMES, Names


def names(user: Any) -> list[str]:
    return list(NAMES.get(user.pk).categories.values())


@pytest.mark.django_db
def test_the_tree_in_the_order_of_names(owner: Any, stranger: Any, django_assert_num_queries: Any) -> None:
    fuel, bread = make_subcategory(owner, "fuel", "car"), make_subcategory(owner, "Bread", "Food")
    apples = make_subcategory(owner, "apples", "Food")
    empty = services.add_category(user=owner, name="Zoo", kind="income")
    make_subcategory(stranger, "Bread", "Food")
    with django_assert_num_queries(1):
        found = NAMES.get(owner.pk)
    assert found == Names(
        categories={fuel.category_id: "car", bread.category_id: "Food", empty.pk: "Zoo"},
        income={empty.pk},
        subcategories={fuel.pk: "fuel", apples.pk: "apples", bread.pk: "Bread"},
        category_of={fuel.pk: fuel.category_id, apples.pk: apples.category_id, bread.pk: bread.category_id},
    )
    assert found.grouped() == [
        ("car", [(fuel.pk, "fuel")]),
        ("Food", [(apples.pk, "apples"), (bread.pk, "Bread")]),
        ("Zoo", []),
    ]
    with django_assert_num_queries(0):
        assert NAMES.get(owner.pk) == found


@pytest.mark.django_db(transaction=True)
def test_a_reader_during_a_write_does_not_keep_what_it_saw() -> None:
    user = make_user()
    category = services.add_category(user=user, name="Before", kind="expense")
    with transaction.atomic():
        services.update_category(user=user, category_id=category.pk, name="After", kind="expense")
        seen: list[list[str]] = []
        in_thread(lambda: seen.append(names(user)))
        assert seen == [["Before"]]  # not committed yet, and cached like this
    assert names(user) == ["After"]


@pytest.mark.django_db(transaction=True)
def test_a_reader_slower_than_a_write_cannot_bring_the_old_back(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    category = services.add_category(user=user, name="Before", kind="expense")
    load, loaded, written = NAMES.load, threading.Event(), threading.Event()

    def slowly(user_id: int) -> Any:
        found = load(user_id)
        loaded.set()
        assert written.wait(10)
        return found

    monkeypatch.setattr(NAMES, "load", slowly)
    reader = threading.Thread(target=closing(lambda: names(user)))
    reader.start()
    assert loaded.wait(10)
    services.update_category(user=user, category_id=category.pk, name="After", kind="expense")
    written.set()
    reader.join(10)
    monkeypatch.setattr(NAMES, "load", load)
    assert names(user) == ["After"]


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_readers_end_with_the_truth() -> None:
    user = make_user()
    category = services.add_category(user=user, name="0", kind="expense")
    ending = threading.Event()

    def write(first: int) -> None:
        for number in range(first, first + 40):
            services.update_category(user=user, category_id=category.pk, name=str(number), kind="expense")

    def read() -> None:
        while not ending.is_set():
            names(user)

    readers = [threading.Thread(target=closing(read)) for _ in range(2)]
    writers = [threading.Thread(target=closing(lambda first=first: write(first))) for first in (100, 200)]
    for thread in readers + writers:
        thread.start()
    for thread in writers:
        thread.join(60)
    ending.set()
    for thread in readers:
        thread.join(60)
    assert NAMES.get(user.pk) == NAMES.load(user.pk)


def closing(work: Any) -> Any:
    """``work`` with the thread's connection closed afterwards, or the test database cannot be dropped."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    return run


def in_thread(work: Any) -> None:
    thread = threading.Thread(target=closing(work))
    thread.start()
    thread.join(10)
