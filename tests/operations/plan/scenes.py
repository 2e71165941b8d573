"""A crowd of 400 users with 200,000 rows in a database of its own, and the plan of each statement of a page."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.client import COLUMNS, ID, statement
from bench.scratch import KEPT, ROOT, url_of
from tests.databases import default_leads_to, digest_of, kept, migrated

PEOPLE, ROWS = 400, 200_000
LARGE = 4_000  # rows that a page never reads one after the other
LEDGER = re.compile(r"transaction(_p\d+)?$")
PLANNED = re.compile(r"[\s(]*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)


@contextmanager
def crowd(partitions: int) -> Iterator[None]:
    """The default connection leads to the seeded database inside, and to the test database again afterwards."""
    digest = digest_of("wealthwise/demo/*.py", more=f"{timezone.localdate()} {PEOPLE} {ROWS}")
    fill = partial(_fill, partitions)
    with default_leads_to(kept(f"scenes{partitions}", digest, fill, copied_from=migrated(partitions))):
        yield


def _fill(partitions: int, name: str) -> None:
    known = connection.get_connection_params() | {"dbname": name}
    arguments = {key: value for key, value in known.items() if key in (*KEPT, "dbname") and value}
    environment = {**os.environ, "DATABASE_URL": url_of(arguments), "PYTHONWARNINGS": "ignore"}
    environment["WEALTHWISE_TRANSACTION_PARTITIONS"] = str(partitions)
    command = [sys.executable, "manage.py", "seed", "--users", str(PEOPLE), "--transactions", str(ROWS)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    with closing(psycopg.connect(**arguments, autocommit=True)) as own:
        own.execute("VACUUM (ANALYZE, PARALLEL 0)")


@dataclass(frozen=True)
class Seen:
    """One statement with the plan that it ran by, and how many rows each table holds by the statistics."""

    sql: str
    nodes: list[dict[str, Any]]
    sizes: dict[str, int]

    @property
    def ledger(self) -> list[dict[str, Any]]:
        """Scans of the ledger that ran."""
        return [node for node in self.nodes if LEDGER.match(node.get("Relation Name", "")) and _is_scan(node)]

    @property
    def parts(self) -> set[str]:
        """Partitions read or written, or the plain table; those that the executor left out are not."""
        touched = [node for node in self.nodes if LEDGER.match(node.get("Relation Name", "")) and node["Actual Loops"]]
        return {node["Relation Name"] for node in touched if node["Node Type"] != "ModifyTable" or len(touched) == 1}

    def scanned(self, own: int) -> set[str]:
        """Large tables read from one end to the other; not a partition that is mostly the ``own`` rows asked for.

        A scan that ends early, as a count that has a limit, is none.
        """
        whole = [node for node in self.nodes if node["Node Type"] == "Seq Scan"]
        return {
            node["Relation Name"]
            for node in whole
            if self.sizes.get(node["Relation Name"], 0) > max(LARGE, 2 * own)
            and self._rows(node) + _removed(node) > LARGE / 2
        }

    @property
    def is_sum(self) -> bool:
        return any(node["Node Type"] in ("Aggregate", "Group") for node in self.nodes)

    @property
    def returned(self) -> int:
        return int(self.nodes[0]["Actual Rows"])

    @property
    def read(self) -> int:
        return sum(self._rows(node) + _removed(node) for node in self.ledger)

    @property
    def discarded(self) -> int:
        """Rows of the ledger that were read and did not belong to the answer."""
        return sum(_removed(node) for node in self.ledger)

    @property
    def is_range(self) -> bool:
        """Whether indexes hold exactly what was read: no row of the ledger came without one, none was discarded."""
        return not self.discarded and all(node["Node Type"].startswith("Index") for node in self.ledger)

    @property
    def kept(self) -> int:
        return sum(self._rows(node) for node in self.ledger)

    @property
    def longest_sort(self) -> int:
        return max((self._rows(node) for node in self.nodes if "Sort" in node["Node Type"]), default=0)

    @staticmethod
    def _rows(node: dict[str, Any]) -> int:
        return round(node["Actual Rows"] * node["Actual Loops"])


def _is_scan(node: dict[str, Any]) -> bool:
    return node["Node Type"].endswith("Scan") and bool(node["Actual Loops"])


def _removed(node: dict[str, Any]) -> int:
    names = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(node.get(name, 0) for name in names) * node["Actual Loops"])


class Watch:
    """An execute wrapper that runs each statement by EXPLAIN first, takes that back, and then lets it pass."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.sizes = _sizes()

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if PLANNED.match(sql) and not many:
            self.seen.append(Seen(sql, list(_walk(_explained(sql, params))), self.sizes))
        return execute(sql, params, many, context)


def _explained(sql: str, params: Any) -> dict[str, Any]:
    with connection.connection.cursor() as cursor:
        cursor.execute("SAVEPOINT explained")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        found = cursor.fetchone()[0]
        cursor.execute("ROLLBACK TO SAVEPOINT explained")
        cursor.execute("RELEASE SAVEPOINT explained")
    plan = json.loads(found) if isinstance(found, str) else found
    return plan[0]["Plan"]


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


def _sizes() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'")
        return dict(cursor.fetchall())


def ask(client: Client, step: dict[str, Any]) -> None:
    """A step of a scenario by the test client, in this process."""
    if step["do"] == "import":
        return _import(client, step)
    if step["do"] == "get":
        assert client.get(step["path"], headers=step["headers"]).status_code == 200
        return None
    assert client.post(step["path"], step["fields"]).status_code == 302
    return None


def _import(client: Client, step: dict[str, Any], lines: int = 40) -> None:
    import random

    upload = SimpleUploadedFile("bench.csv", statement(random.Random(1), lines))
    where = client.post(step["path"], {"account": step["account"], "file": upload})["Location"]
    found = ID.search(where)
    assert found
    base = f"{step['path']}{found[1]}/"
    check = client.post(f"{base}columns/", COLUMNS)["Location"]
    assert client.get(check).status_code == 200
    assert client.post(f"{base}commit/", {})["Location"] == base
