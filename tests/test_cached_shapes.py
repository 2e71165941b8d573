"""What is cached is read by the release after this one too: a value of another shape has another version.

A class that was moved or renamed cannot be read back, and a missing column would break the page of whoever was here
in the minutes before an upgrade. Where this fails, raise the ``version`` of the fact and write its shape down here.
"""

import io
import pickle
from typing import Any

import pytest

from tests.factories import make_account, make_period, make_subcategory
from tests.packages import TOPS
from transactions.models import SavedFilter
from wealthwise.core.caching import CACHED

# Version, classes of the project, and how many columns of a table are kept, by fact.
SHAPES = {
    "settings": (5, {"accounts.models.cached_user Person", "accounts.models.cached_user AccountName"}, 23),
    "category tree": (
        2,
        {
            "transactions.models.cached_names Names",
            "transactions.models.cached_names SavedQuery",
            "wealthwise.core.periods PeriodRange",
        },
        None,
    ),
    "periods": (1, set(), 11),
}


class Classes(pickle.Unpickler):
    """Reads a pickle and remembers which classes of the project it needed."""

    def __init__(self, value: Any) -> None:
        super().__init__(io.BytesIO(pickle.dumps(value)))
        self.found: set[str] = set()

    def find_class(self, module: str, name: str) -> Any:
        if module.partition(".")[0] in TOPS:
            self.found.add(f"{module} {name}")
        return super().find_class(module, name)


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
    reader = Classes(fact.load(owner.pk))
    value = reader.load()
    assert (fact.version, reader.found, columns(value)) == SHAPES[name]
