"""The tables of docs/database.md are those that the models make, and it names no index that is gone."""

import io
import re
from pathlib import Path

from django.core.management import call_command

from wealthwise.operations.plan.declared import declared
from wealthwise.operations.plan.docs import with_tables
from wealthwise.operations.plan.ledger import PLAN

FILE = Path(__file__).resolve().parents[3] / "docs" / "database.md"
TEXT = FILE.read_text()


def test_the_tables_are_up_to_date(tmp_path: Path) -> None:
    assert with_tables(TEXT) == TEXT, "run: manage.py plan --docs docs/database.md"
    stale = tmp_path / "database.md"
    stale.write_text(TEXT.replace("`idx_account_user_active`", "`idx_gone`"))
    call_command("plan", docs=stale, stdout=io.StringIO())
    assert stale.read_text() == TEXT


def test_every_name_of_an_index_is_of_one_that_exists() -> None:
    names = set(re.findall(r"`((?:idx|uq)_\w+|\w+_key|\w+_one_open|\w+_no_overlap|\w+_pkey)`", TEXT))
    known = {line.name for line in PLAN} | set(declared())
    assert names - known == set()
    assert {name for name in known if not name.endswith("_pkey")} <= names
