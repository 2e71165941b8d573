"""The refusals that the whole project shows to users."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, DataError, OperationalError, connection

_OUT_OF_RANGE: Final = "22003"
_TOO_MANY: Final = "54000"


class DomainError(Exception):
    """A rule said no; the message is ready for a person."""


class AskFirst(DomainError):
    """Nothing was changed yet: the user has to agree to it first. The message says to what."""


class NotFound(DomainError):
    """What was pointed at is not there, no longer there, or somebody else's."""


class RefusedAmount(DomainError):
    """An amount with the wrong sign, or more than its place can hold."""


class BalanceTooLarge(DomainError):
    """The balance of an account would not fit into NUMERIC(12, 2)."""


class TooManyRows(DomainError):
    """A person has as many rows of that kind as one can have; the database says so, with how many."""


def told(error: BaseException) -> str:
    """What may be kept of a failure: its class and, of the database, the SQLSTATE and the rule; never its message.

    PostgreSQL quotes rows and values in its messages.
    """
    source = error.__cause__ if isinstance(error, DatabaseError) and error.__cause__ else error
    rule = getattr(getattr(source, "diag", None), "constraint_name", None)
    details = [text for text in (getattr(source, "sqlstate", None), rule) if text]
    return " ".join([type(error).__name__, *details])


@contextmanager
def balances_fit() -> Iterator[None]:
    """Around a write to the ledger: a balance that its triggers cannot store is a BalanceTooLarge.

    Stands inside the transaction, which that refusal then rolls back.
    """
    try:
        with connection.wrap_database_errors:  # a COPY of psycopg's own raises psycopg's errors
            yield
    except DataError as error:
        if getattr(error.__cause__, "sqlstate", None) != _OUT_OF_RANGE:
            raise
        raise BalanceTooLarge("That would take an account's balance beyond 9,999,999,999.99.") from error


@contextmanager
def within_limits() -> Iterator[None]:
    """Around a write that adds rows of a person, or as the outermost decorator of one: their limit is a TooManyRows.

    Stands outside of the transaction, which is rolled back by then.
    """
    try:
        with connection.wrap_database_errors:  # a COPY of psycopg's own raises psycopg's errors
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != _TOO_MANY:
            raise
        diagnosis = getattr(error.__cause__, "diag", None)
        raise TooManyRows(f"{getattr(diagnosis, 'message_primary', None)} Nothing was added.") from error
