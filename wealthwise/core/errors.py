"""The refusals that the whole project shows to users."""


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
