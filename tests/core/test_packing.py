"""The cache holds data and no programs: what somebody else puts there is read as data, or is not there."""

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django_redis import get_redis_connection
from hypothesis import given
from hypothesis import strategies as st

from budgets.models import BudgetPeriod
from tests.factories import make_account, make_period, make_subcategory
from wealthwise.core.cache.packing import MessagePack, rows_type
from wealthwise.core.caching import CACHED

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(PLAIN)
def test_what_is_plain_comes_back(value: Any) -> None:
    packing = MessagePack({})
    assert packing.loads(packing.dumps(value)) == value


@given(st.binary())
def test_any_bytes_are_data_or_nothing(value: bytes) -> None:
    MessagePack({}).loads(value)


def test_a_row_has_the_types_of_its_columns() -> None:
    fields = {field.attname: field for field in BudgetPeriod._meta.concrete_fields}
    kind = rows_type([fields[name] for name in ("id", "user_id", "name", "start_date", "is_active", "chosen_at")])
    row = (1, 2, "Name", date(2026, 1, 31), True, datetime(2026, 1, 1, 7, 30, 1, 123456, tzinfo=UTC))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode([row]), type=kind) == (row,)
    kinds = (Decimal("-1.50"), UUID(int=7), None)
    packed = msgspec.msgpack.encode(kinds)
    assert msgspec.msgpack.decode(packed, type=tuple[Decimal, UUID, int | None]) == kinds


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


@pytest.mark.django_db
def test_a_pickle_in_the_cache_is_not_run(owner: Any, owner_client: Client, tmp_path: Path) -> None:
    make_account(owner)
    make_subcategory(owner)
    make_period(owner)
    pages = [reverse(name) for name in ("dashboard", "transactions:list", "accounts:settings")]
    assert [owner_client.get(page).status_code for page in pages] == [200] * 3
    server, keys = get_redis_connection("default"), [cache.make_key(key) for key in cache.keys("*")]
    assert len([key for key in keys if ":generation" not in key]) >= len(CACHED) - 1
    for key in keys:
        assert not server.get(key).startswith(b"\x80"), f"{key} is a pickle"
        server.set(key, pickle.dumps(Bomb(tmp_path / "run")))
    assert [owner_client.get(page).status_code for page in pages] == [200] * 3
    assert not (tmp_path / "run").exists()
    pickle.loads(pickle.dumps(Bomb(tmp_path / "run")))
    assert (tmp_path / "run").exists(), "it would have"


@pytest.mark.django_db
def test_a_value_of_another_kind_is_loaded_anew(owner: Any) -> None:
    for name, fact in CACHED.items():
        if not name.startswith("test "):
            for wrong in (b"", b"\x93", msgspec.msgpack.encode(("", 5)), 17, ["", None, None]):
                cache.set(fact._keys(owner.pk)[0], wrong)
                assert fact.get(owner.pk) == fact.load(owner.pk)
