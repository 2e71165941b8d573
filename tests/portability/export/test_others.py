"""The ledger in the formats of other applications, read back here with equal balances, categories and transfers."""

from typing import Any

import pytest

from accounts.models import Account, User
from tests.factories import make_account, make_subcategory, make_transaction, make_user, signed_in
from tests.portability.moving import households
from transactions.importing.packed.unpacking import SentFile
from transactions.models import Tag, Transaction
from wealthwise.portability.moving import services

pytestmark = pytest.mark.django_db
FORMATS = ("hledger", "beancount", "qif", "firefly", "actual")


@pytest.fixture
def leaver() -> User:
    """A household with what is hard to write: marks of the formats in every text, an account that is closed."""
    user = make_user("leaver", currency="EUR", country="DE")
    services.move_in(user=user, sent=households.sent("actual"))
    odd = make_account(user, "Box: [old]; a/b", "12.34", is_active=False, closed_on="2026-03-20")
    filed = make_subcategory(user, "Tea; milk: (all)", "Food [x]/y")
    tag = Tag.objects.create(user=user, name="two words")
    words = {"description": 'Quote " and \\ | semicolon; "x"', "comment": "key: value, #no; L[Giro]"}
    make_transaction(user, "-3.21", "2026-03-02", account=odd, subcategory=filed, tag_ids=[tag.pk], **words)
    make_transaction(user, "0.01", "2026-03-02", account=odd)
    return user


def filed(user: User) -> list[tuple[str, str, bool]]:
    """Days, amounts and whether it is a side of a transfer; words differ by what a format can hold."""
    rows = Transaction.objects.filter(user=user).order_by("booked_on", "amount", "id")
    return [(str(row.booked_on), str(row.amount), bool(row.transfer_id)) for row in rows]


@pytest.mark.parametrize("kind", FORMATS)
def test_what_goes_out_comes_in_with_equal_balances(kind: str, leaver: User, stranger: User) -> None:
    make_transaction(stranger, account=make_account(stranger, "Not mine"))
    answer: Any = signed_in(leaver).get(f"/accounts/settings/data/export/{kind}/")
    data = b"".join(answer.streaming_content)
    assert b"Not mine" not in data
    arriver = make_user("arriver", currency="EUR", country="DE")
    report, _ = services.move_in(user=arriver, sent=[SentFile("export", data)])
    assert report.differences == 0
    assert filed(arriver) == filed(leaver)
    before, after = (
        sorted(str(each.current_balance) for each in Account.objects.filter(user=user)) for user in (leaver, arriver)
    )
    assert after == before
    assert Transaction.objects.filter(user=arriver, subcategory=None, transfer_id=None).count() == 2


def test_nobody_else_gets_it(leaver: User, stranger: User) -> None:
    answer: Any = signed_in(stranger).get("/accounts/settings/data/export/hledger/")
    assert b"Giro" not in b"".join(answer.streaming_content)
    assert signed_in(leaver).get("/accounts/settings/data/export/unknown/").status_code == 404
    page = signed_in(leaver).get("/accounts/settings/data/").content.decode()
    assert [f"export/{kind}/" in page for kind in FORMATS] == [True] * len(FORMATS)
