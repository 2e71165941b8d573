"""A seeded database for the tests of plans: loaded once, and left as it is by tests that take back what they do."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.databases import alias, default_leads_to, digest_of, kept, migrated
from tests.operations.plan import seed


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        digest = digest_of("tests/operations/plan/seed.py", more=str(timezone.localdate()))
        with default_leads_to(kept("seeded", digest, _seed, copied_from=migrated())):
            yield


def _seed(name: str) -> None:
    with alias("unfinished", name) as database:
        seed.run(database, seed.STATEMENTS)
