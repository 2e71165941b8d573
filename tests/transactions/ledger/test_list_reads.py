"""What the list reads: the filter's condition in written-out statements, and the figures."""

from datetime import date
from decimal import Decimal

from django.db.models import Q

from tests.factories import make_transaction
from transactions.ledger import list_reads
from transactions.ledger.list_reads import Figures
from transactions.models import Transaction
from transactions.models.bulk_actions import BulkAction

DAY = date(2026, 3, 15)


def chosen(user, *conditions):
    return list_reads.selection(user, Transaction.objects.for_user(user).filter(*conditions))


def everything(user, rows, **options):
    return list_reads.figures(rows, None, **{"is_ledger": False, "only_days": False} | options)


def test_parameters_are_named_and_percent_signs_stay():
    sql, values = list_reads.named("a = %s AND b LIKE '%%' AND c = %s", [1, "%s"])
    assert sql == "a = %(p0)s AND b LIKE '%%' AND c = %(p1)s"
    assert values == {"p0": 1, "p1": "%s"}


def test_a_value_is_never_read_as_part_of_the_statement(owner):
    text = "100% {condition} %(user)s %s '--"
    row = make_transaction(owner, "-5", "2026-03-15", text, comment=text)
    make_transaction(owner, "-7", "2026-03-15", "Other")
    rows = chosen(owner, Q(description__icontains=text))
    assert [(found.id, found.description, found.comment) for found in list_reads.page(rows, limit=9)] == [
        (row.pk, text, text)
    ]
    assert everything(owner, rows) == {None: Figures(None, 1, 0, Decimal(0), Decimal(-5))}


def test_what_selects_nothing_adds_up_to_nothing(owner):
    make_transaction(owner, "-5", "2026-03-15")
    rows = chosen(owner, Q(subcategory_id__in=[]))
    assert list_reads.page(rows, limit=9) == []
    assert everything(owner, rows) == {None: Figures()}


def test_the_figures_are_of_one_person(owner, stranger):
    """Somebody else's look-alike rows and their last bulk change are in none of them."""
    for person, amount in ((owner, "-5"), (stranger, "-90")):
        make_transaction(person, amount, "2026-03-15", "Shop")
    BulkAction.objects.create(user=stranger, kind="delete", sentence="Theirs", row_count=1, rows=[])
    whole, day = Figures(None, 1, 0, Decimal(0), Decimal(-5)), Figures(DAY, 1, 0, Decimal(0), Decimal(-5))
    for is_ledger in (False, True):
        found = list_reads.figures(chosen(owner), (DAY, DAY), is_ledger=is_ledger, only_days=False)
        assert found == {None: whole, DAY: day}
    assert list_reads.figures(chosen(owner), (DAY, DAY), is_ledger=False, only_days=True) == {DAY: day}


def test_the_last_bulk_change_comes_along_until_it_is_undone(owner):
    action = BulkAction.objects.create(user=owner, kind="delete", sentence="Gone", row_count=1, rows=[])
    for is_ledger in (False, True):
        found = everything(owner, chosen(owner), is_ledger=is_ledger)[None]
        assert (found.entries, found.undo_id, found.undo_sentence) == (0, action.pk, "Gone")
    BulkAction.objects.update(undone_at=action.created_at)
    assert everything(owner, chosen(owner)) == {None: Figures()}


def test_the_next_rows_without_a_day_to_add_up_need_no_statement(owner, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert everything(owner, chosen(owner), only_days=True) == {}
