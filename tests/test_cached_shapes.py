"""What is cached is read by the release after this one too: a value of another shape has another version.

What cannot be read as the shape is loaded anew, but a shape that only looks the same would not be noticed. Where this
fails, raise the ``version`` of the fact and write its shape down here.
"""

import hashlib
import json
from typing import Any

import msgspec
import pytest

from tests.factories import make_account, make_period, make_subcategory
from transactions.models import SavedFilter
from wealthwise.core.caching import CACHED

# Version, digest of the shape, and how many columns of a table are kept, by fact.
SHAPES: dict[str, tuple[int, str, int | None]] = {
    "settings": (6, "10f1119473ed", 23),
    "category tree": (5, "30552792e74e", None),
    "periods": (2, "d610a5f7e6cf", 11),
}


def shape_of(kind: Any) -> str:
    return hashlib.sha256(json.dumps(msgspec.json.schema(kind), sort_keys=True).encode()).hexdigest()[:12]


def columns(value: Any) -> int | None:
    value = value[0] if isinstance(value, tuple) and isinstance(value[0], tuple) else value  # rows of a table
    return len(value) if isinstance(value, tuple) else len(value.columns) if hasattr(value, "columns") else None


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in CACHED if not name.startswith("test ")])
def test_a_fact_of_another_shape_has_another_version(owner: Any, name: str) -> None:
    make_account(owner)
    make_subcategory(owner)
    make_period(owner)
    SavedFilter.objects.create(user=owner, name="Food", query="q=food")
    fact = CACHED[name]
    value = fact.load(owner.pk)
    assert fact._read(msgspec.msgpack.encode(("g", value))) == ("g", value)
    assert (fact.version, shape_of(fact.kind()), columns(value)) == SHAPES[name]
