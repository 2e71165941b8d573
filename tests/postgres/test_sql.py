"""The runner of written-out statements: values as parameters, names as identifiers, rows as objects."""

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import ProgrammingError, connection, connections, transaction

from wealthwise.postgres import locks, sql
from wealthwise.postgres.locks import Lock


@dataclass(frozen=True)
class Pair:
    number: int
    words: tuple[str, ...]


@pytest.mark.django_db
def test_rows_with_parameters_by_name_and_arrays_that_cannot_change() -> None:
    statement = "SELECT n, array[%(word)s::text] FROM generate_series(1, %(last)s) n ORDER BY n"
    assert sql.rows_as(Pair, statement, last=2, word="%s") == [Pair(1, ("%s",)), Pair(2, ("%s",))]
    assert sql.rows_of("SELECT 5 % 3, '%'") == [(2, "%")]
    assert sql.value_of("SELECT 1 WHERE false") is None
    assert sql.first_row("SELECT 1, 2") == (1, 2)
    assert sql.run("CREATE TEMPORARY TABLE fruit AS SELECT generate_series(1, 3) AS n") == 3


@pytest.mark.django_db
def test_a_name_is_quoted_and_a_number_is_none() -> None:
    odd = 'odd"; DROP TABLE "user"; --'
    sql.run(sql.with_names("CREATE TEMPORARY TABLE {table} ({column} int)", table=odd, column="a b"))
    columns = sql.identifiers(["a b"])
    assert sql.run(sql.with_names("INSERT INTO {table} ({columns}) VALUES (%(n)s)", table=odd, columns=columns), n=7)
    assert sql.value_of(sql.with_names("SELECT {column} + {more} FROM {table}", table=odd, column="a b", more=3)) == 10
    with pytest.raises(ProgrammingError), transaction.atomic():
        sql.value_of(sql.with_names("SELECT {column}", column="3"))


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_of_one_person_and_ends_with_its_transaction() -> None:
    tried: dict[str, bool] = {}

    def try_all() -> None:
        with transaction.atomic():
            tried["same"] = locks.take(Lock.EXPORT, 1)
            tried["other person"] = locks.take(Lock.EXPORT, 2)
            tried["other lock"] = locks.take(Lock.RESTORE, 1)
            tried["whole"] = locks.take(Lock.CONVERSION)
        connections.close_all()

    with transaction.atomic():
        assert locks.take(Lock.EXPORT, 1)
        assert locks.take(Lock.CONVERSION)
        assert locks.is_held(Lock.CONVERSION)
        other = threading.Thread(target=try_all)
        other.start()
        other.join()
    assert tried == {"same": False, "other person": True, "other lock": True, "whole": False}
    assert not locks.is_held(Lock.CONVERSION)


@pytest.mark.django_db
def test_another_connection(scratch: Any) -> None:
    assert sql.value_of("SELECT current_database()", on=scratch) != sql.value_of(
        "SELECT current_database()", on=connection
    )
