"""The one exception that the whole project shows to people."""


class DomainError(Exception):
    """A rule said no; the message is ready for a person."""
