"""A whole ledger that is sent as a statement of one account is told to be none, and a statement stays one."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Account, User
from tests.factories import make_account, make_user, signed_in
from tests.portability.moving import households
from tests.portability.moving.households import FORMATS
from transactions.importing.detect import parse
from transactions.models import ImportBatch
from wealthwise.core.caching import forget
from wealthwise.portability.moving.sources.recognised import whole_ledger_in

pytestmark = pytest.mark.django_db
PROMISED = "Bring it in under “Move in from another application”"


@pytest.fixture
def owner_of_giro() -> User:
    user = make_user("mover", currency="EUR", country="DE")
    make_account(user, "Giro")
    return user


def sent(user: User, name: str, content: bytes) -> Any:
    data = {"account": user.accounts.get().pk, "file": SimpleUploadedFile(name, content)}
    return signed_in(user).post("/transactions/import/", data)


# A QIF of several accounts is asked about on a page of its own, which leads here as well.
@pytest.mark.parametrize("name", sorted({*FORMATS} - {"qif", "gnucash xml"}))
def test_a_ledger_is_no_statement(name: str, owner_of_giro: User) -> None:
    answer = sent(owner_of_giro, "statement.csv", FORMATS[name].make())
    told = answer.content.decode()
    if name == "mmex":  # one file an account, each of which is a statement: the mirrors of its transfers are elsewhere
        assert answer.status_code == 302
        return
    assert answer.status_code == 422, told
    assert PROMISED in told
    assert 'href="/moving-in/"' in told
    assert not ImportBatch.objects.exists()


def test_little_is_unpacked_to_tell_what_is_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A packed file of some kilobytes is looked at while its sender waits."""
    packed = households.gnucash_xml()
    assert whole_ledger_in(packed) == "GnuCash"
    monkeypatch.setattr("wealthwise.portability.moving.sources.recognised.MOST_OF_GZIP", 1000)
    assert whole_ledger_in(packed) == ""


def test_a_statement_of_one_account_stays_one(owner_of_giro: User) -> None:
    lines = households.mint().decode().splitlines()
    giro = "\n".join([lines[0], *(line for line in lines if ",Giro," in line)])
    assert sent(owner_of_giro, "mint.csv", giro.encode()).status_code == 302
    assert ImportBatch.objects.get().kind == "csv"


def test_a_file_of_several_accounts_leads_to_the_other_page(owner_of_giro: User) -> None:
    Account.objects.filter(user=owner_of_giro).update(name="Elsewhere")
    forget(owner_of_giro.pk)
    answer = sent(owner_of_giro, "all.qif", households.qif())
    assert 'href="/moving-in/"' in signed_in(owner_of_giro).get(answer.url).content.decode()


def test_rows_that_mirror_each_other_are_doubted() -> None:
    heading = "Date,Description,Amount\n"
    rows = "".join(f"2026-03-0{day},Between accounts,{sign}5{day}.00\n" for day in (1, 2, 3) for sign in ("-", ""))
    told = [note.text for note in parse((heading + rows).encode(), "a.csv").notes]
    assert any("3 pairs of rows of one day mirror each other" in text for text in told)
    once = "2026-03-01,Shop,-5.00\n2026-03-01,Shop,5.00\n2026-03-02,Shop,-7.00\n"
    assert not any("mirror" in note.text for note in parse((heading + once).encode(), "a.csv").notes)
