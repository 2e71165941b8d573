"""Rows of some days. ``booked_on`` decides which; the indexes are entered by ``transaction_date``, a day wider.

The rule transaction_day_near_timestamp makes that safe: the day of a row is that of its timestamp in UTC, or one
beside it. Days are included at both ends. A statement that is written out says the same so, in the sessions' UTC:

    booked_on BETWEEN %(start)s AND %(end)s
    AND transaction_date >= %(start)s::date - 1 AND transaction_date < %(end)s::date + 2
"""

from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q


def booked_from(day: date) -> Q:
    return Q(booked_on__gte=day, transaction_date__gte=_midnight(day - timedelta(days=1)))


def booked_until(day: date) -> Q:
    return Q(booked_on__lte=day, transaction_date__lt=_midnight(day + timedelta(days=2)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
