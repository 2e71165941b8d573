"""Every row gets its day, in batches by id that each hold a lock for about a second.

PostgreSQL and Python carry time-zone tables of their own, which differ for some zones and years. What people saw
of their rows came from Python's. So the server's offsets are compared with them day by day, and the rows of days
on which the two differ are given Python's day.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import migrations

BATCH = 50_000
# The partitions, or the plain table: written to directly, the statement triggers of the parent do not run.
LEAVES = "SELECT relid::regclass::text FROM pg_partition_tree('transaction') WHERE isleaf ORDER BY 1"
ENDS = "SELECT min(id), max(id) FROM {leaf} WHERE booked_on IS NULL"
FILL = """
UPDATE {leaf} t SET booked_on = (t.transaction_date AT TIME ZONE u.time_zone)::date,
       booked_time = nullif((t.transaction_date AT TIME ZONE u.time_zone)::time, '12:00')
FROM "user" u WHERE u.id = t.user_id AND t.id >= %(first)s AND t.id < %(first)s + %(batch)s AND t.booked_on IS NULL
"""
NEXT = "SELECT min(id) FROM {leaf} WHERE id >= %(first)s AND booked_on IS NULL"
OFFSETS = """
SELECT d, extract(epoch FROM (d AT TIME ZONE 'UTC' AT TIME ZONE %(zone)s) - d)::integer
FROM generate_series(%(first)s::timestamp, %(last)s::timestamp, interval '1 day') d
"""
MISREAD = """
SELECT t.id, t.user_id, t.transaction_date FROM transaction t JOIN "user" u ON u.id = t.user_id
WHERE u.time_zone = %(zone)s AND t.transaction_date >= %(first)s AND t.transaction_date < %(beyond)s
"""
MEND = """
UPDATE transaction SET booked_on = %(day)s, booked_time = %(clock)s
WHERE user_id = %(user)s AND id = %(id)s AND (booked_on, coalesce(booked_time, '12:00'))
      IS DISTINCT FROM (%(day)s::date, coalesce(%(clock)s::time, '12:00'))
"""
# What the undo of a bulk deletion would bring back.
UNDO = """
UPDATE bulk_action b SET rows = (
    SELECT jsonb_agg(r || jsonb_build_object(
        'booked_on', ((r ->> 'transaction_date')::timestamptz AT TIME ZONE u.time_zone)::date,
        'booked_time', nullif(((r ->> 'transaction_date')::timestamptz AT TIME ZONE u.time_zone)::time, '12:00')))
    FROM jsonb_array_elements(b.rows) r
) FROM "user" u WHERE u.id = b.user_id AND b.kind = 'delete' AND b.undone_at IS NULL
"""


def fill(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(LEAVES)
        leaves = [leaf for (leaf,) in cursor.fetchall()] or ["transaction"]
        for leaf in leaves:
            cursor.execute(ENDS.format(leaf=leaf))
            first, last = cursor.fetchone()
            while first is not None and first <= last:
                cursor.execute(FILL.format(leaf=leaf), {"first": first, "batch": BATCH})
                cursor.execute(NEXT.format(leaf=leaf), {"first": first + BATCH})
                first = cursor.fetchone()[0]
        mend(cursor)
        cursor.execute(UNDO)


def mend(cursor):
    cursor.execute("SELECT min(transaction_date), max(transaction_date) FROM transaction")
    first, last = cursor.fetchone()
    if first is None:
        return
    cursor.execute('SELECT DISTINCT time_zone FROM "user"')
    for (name,) in cursor.fetchall():
        try:
            zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        for begin, end in differing(cursor, name, zone, first.date(), last.date()):
            cursor.execute(MISREAD, {"zone": name, "first": begin, "beyond": end})
            for pk, user, timestamp in cursor.fetchall():
                local = timestamp.astimezone(zone)
                clock = None if local.hour == 12 and not local.minute + local.second else local.time()
                cursor.execute(MEND, {"user": user, "id": pk, "day": local.date(), "clock": clock})


def differing(cursor, name: str, zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Ranges of timestamps in which the two tables differ, a day wider at each end."""
    day = timedelta(days=1)
    cursor.execute(OFFSETS, {"zone": name, "first": first - 2 * day, "last": last + 2 * day})
    wrong = [
        at.date()
        for at, offset in cursor.fetchall()
        if at.replace(tzinfo=UTC).astimezone(zone).utcoffset() != timedelta(seconds=offset)
    ]
    for _, run in groupby(enumerate(wrong), key=lambda entry: entry[1].toordinal() - entry[0]):
        days = [found for _, found in run]
        begin, end = (datetime(d.year, d.month, d.day, tzinfo=UTC) for d in (days[0], days[-1]))
        yield begin - day, end + 2 * day


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0012_booked_on")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
