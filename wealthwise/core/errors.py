"""The refusals that the whole project shows to users."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import DatabaseError, DataError, connection

_OUT_OF_RANGE: Final = "22003"


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
