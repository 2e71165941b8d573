"""The format grows by versions: a file of each that there was comes in, and no change goes unnoticed."""

import json
import os
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import time_machine

from accounts.models import Account, User
from tests.factories import make_user
from tests.portability.export.households import export, richest_household, told
from wealthwise.portability.export import versions
from wealthwise.portability.export.services import contents, restore
from wealthwise.portability.export.validation import NotAccepted
from wealthwise.portability.export.versions import BEGAN_IN, UPGRADES, VERSION, with_defaults

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).with_name("samples")
STORED = sorted(SAMPLES.glob("version-*.json"))
NEWEST = SAMPLES / f"version-{VERSION}.json"
NEW_VERSION = f"""
The exporter does not write what {NEWEST.name} has: the format changed, and files of version {VERSION} are out there.
If that is meant, raise VERSION to {VERSION + 1} in wealthwise/portability/export/versions.py, add to UPGRADES there
what rows of older files have in a new field, such as
    {VERSION}: with_defaults({{"accounts": {{"note": ""}}}}),
and store the new sample: UPDATE_EXPORT_SAMPLE=1 pytest tests/portability/export/test_versions.py
A stored sample is never changed. docs/export-format.md has the rule, and the table of the fields."""


def test_the_newest_sample_is_what_the_exporter_writes() -> None:
    person = make_user("sample", last_name="Lovelace")
    richest_household(person)
    with time_machine.travel("2026-01-01T00:00:00Z", tick=False):
        written = export(person).decode()
    if os.environ.get("UPDATE_EXPORT_SAMPLE") and not NEWEST.exists():
        NEWEST.write_text(written)
    stored = NEWEST.read_text() if NEWEST.exists() else ""
    for number, (now, before) in enumerate(zip_longest(written.splitlines(), stored.splitlines()), 1):
        if now != before:
            pytest.fail(f"{NEW_VERSION}\n\nThe first difference is in line {number}.\nNow:    {now}\nSample: {before}")
    assert written == stored


def test_the_sample_has_a_value_for_each_field() -> None:
    """A new column gets one in households.py; of texts it does by itself."""
    content = json.loads(NEWEST.read_text())
    empty = [f"person.{key}" for key, value in content["person"].items() if not value]
    for section, rows in content.items():
        if isinstance(rows, list):
            assert rows, section
            empty += [f"{section}.{key}" for key in rows[0] if all(row[key] in (None, "", [], {}) for row in rows)]
    assert empty == []


def test_every_version_has_its_sample_and_its_upgrade() -> None:
    names = {f"version-{number}.json" for number in range(1, VERSION + 1)}
    stored = list(SAMPLES.glob("*"))
    assert {path.name for path in stored} == names
    assert {json.loads(path.read_text())["version"] for path in stored} == set(range(1, VERSION + 1))
    assert set(UPGRADES) == set(range(1, VERSION))
    assert set(BEGAN_IN.values()) <= set(range(2, VERSION + 1))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_a_file_of_each_version_comes_in(path: Path, owner: User, stranger: User) -> None:
    data = path.read_bytes()
    content = json.loads(data)
    rows = {key: len(rows) for key, rows in content.items() if isinstance(rows, list) and key != "site_records"}
    assert restore(user=owner, chunks=lambda: [data]) == rows == contents(user=owner)
    owner.refresh_from_db()
    again = export(owner)
    restore(user=stranger, chunks=lambda: [again])
    stranger.refresh_from_db()
    assert told(export(stranger)) == told(again)
    if path == NEWEST:
        assert told(again) == told(data)


# A version to come, of which today's is the old one: with a field more here and there, and with a section more.


def older(**left_out: str) -> bytes:
    """The newest sample without a field of some sections, and without expected incomes."""
    content = json.loads(NEWEST.read_text())
    del content["income_sources"]
    for section, key in left_out.items():
        for row in [content[section]] if section == "person" else content[section]:
            del row[key]
    return json.dumps(content).encode()


@pytest.fixture
def next_version(monkeypatch: pytest.MonkeyPatch) -> Any:
    def raise_it(*upgrades: versions.Upgrade) -> None:
        monkeypatch.setattr(versions, "VERSION", VERSION + len(upgrades))
        monkeypatch.setattr(versions, "UPGRADES", UPGRADES | dict(enumerate(upgrades, VERSION)))
        monkeypatch.setitem(BEGAN_IN, "income_sources", VERSION + len(upgrades))

    return raise_it


def test_what_older_files_lack_has_its_default(owner: User, next_version: Any) -> None:
    def louder(section: str, row: versions.Row) -> versions.Row:
        return {**row, "name": row["name"].upper()} if section == "accounts" else row

    next_version(with_defaults({"accounts": {"bank_name": "No bank"}, "person": {"theme": "dark"}}), louder)
    data = older(accounts="bank_name", person="theme")
    counts = restore(user=owner, chunks=lambda: [data])
    owner.refresh_from_db()
    assert (owner.theme, counts["income_sources"]) == ("dark", 0)
    found = Account.objects.for_user(owner)
    assert {account.bank_name for account in found} == {"No bank"}
    assert sorted(account.name for account in found) == sorted(
        row["name"].upper() for row in json.loads(data)["accounts"]
    )


def test_a_field_of_this_version_is_not_optional(owner: User, next_version: Any) -> None:
    """Nor is a section, nor what another upgrade does not name."""
    data = older(accounts="bank_name")
    with pytest.raises(NotAccepted) as refused:
        restore(user=owner, chunks=lambda: [data])
    assert ["accounts[0].bank_name is missing" in refused.value.faults[0], contents(user=owner)] == [True, {}]
    next_version(with_defaults({"accounts": {"number_last4": ""}}))
    with pytest.raises(NotAccepted) as refused:
        restore(user=owner, chunks=lambda: [data])
    assert "accounts[0].bank_name is missing" in refused.value.faults[0]
    assert not [fault for fault in refused.value.faults if "income_sources" in fault]


def test_the_version_stands_before_what_depends_on_it(owner: User) -> None:
    data = b'{"format": "wealthwise-export", "person": {}, "version": 1}'
    with pytest.raises(NotAccepted, match="does not begin with format, version and person"):
        restore(user=owner, chunks=lambda: [data])
