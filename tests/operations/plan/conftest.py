"""A seeded database for the tests of plans: loaded once for a module, emptied afterwards."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.operations.plan import seed


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        try:
            seed.run(connection, seed.STATEMENTS)
            yield
        finally:
            seed.run(connection, seed.EMPTY)
