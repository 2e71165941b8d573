"""What is cached is MessagePack: data and nothing else. A pickle would be a program of whoever writes to the cache."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import models
from django_redis.serializers.base import BaseSerializer

UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TYPES: Final[tuple[tuple[type[Any], type], ...]] = (
    (models.DateTimeField, datetime),
    (models.DateField, date),
    (models.BooleanField, bool),
    (models.DecimalField, Decimal),
    (models.UUIDField, UUID),
    (models.IntegerField, int),
    (models.ForeignKey, int),
    (models.CharField, str),
    (models.TextField, str),
)


class MessagePack(BaseSerializer):  # type: ignore[misc]  # it has no types
    """For Django's cache. What cannot be read, such as what an older release left, is not there."""

    def dumps(self, value: Any) -> bytes:
        return msgspec.msgpack.encode(value)

    def loads(self, value: bytes) -> Any:
        try:
            return msgspec.msgpack.decode(value)
        except UNREADABLE:
            return None


def rows_type(fields: Iterable[Any]) -> Any:
    """The type of rows of these columns, as tuples."""
    row: Any = tuple[*(_type_of(field) for field in fields)]  # type: ignore[misc]  # known at runtime only
    return tuple[row, ...]


def _type_of(field: Any) -> Any:
    found = next(kind for column, kind in _TYPES if isinstance(field, column))
    return found | None if field.null else found
