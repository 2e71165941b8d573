"""The refusals that the whole project shows to people."""


class DomainError(Exception):
    """A rule said no; the message is ready for a person."""


class NotFound(DomainError):
    """What was pointed at is not there, no longer there, or somebody else's."""
