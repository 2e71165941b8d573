"""Sums by the stored day, and balances that are anchored: rows after an anchor's day move the balance.

Rows up to that day move the opening balance instead, what was there before the first row. So both

    current_balance = anchor_balance + rows after anchored_on
    opening_balance = anchor_balance - rows up to anchored_on

hold after every statement, and the balance at the end of any day is opening_balance + rows up to it. Months of
spending_summary are those of the stored day: nothing here asks a time zone, and a change of it moves nothing.

Locks, always in this order: the users (FOR KEY SHARE, against which a repair's FOR UPDATE waits), their accounts by
id, their summary rows by key. When the user itself is being erased the join to "user" is empty and nothing is written.

An account that is there keeps its numbers: its anchor is its opening balance on a day before its first row.
"""

from importlib import import_module

from django.db import migrations

before = import_module("transactions.migrations.0004_phase3_summary_triggers")
days = import_module("transactions.migrations.0012_booked_on")

CHANGES = {
    "insert": "SELECT user_id, account_id, subcategory_id, booked_on, transfer_id, amount, 1 AS sign FROM new_rows",
    "delete": "SELECT user_id, account_id, subcategory_id, booked_on, transfer_id, amount, -1 AS sign FROM old_rows",
}
CHANGES["update"] = f"{CHANGES['insert']} UNION ALL {CHANGES['delete']}"

FUNCTION = """
CREATE OR REPLACE FUNCTION transaction_after_{event}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM 1 FROM "user"
    WHERE id IN (SELECT user_id FROM ({changes}) c) ORDER BY id FOR KEY SHARE;

    PERFORM 1 FROM account
    WHERE id IN (SELECT account_id FROM ({changes}) c) ORDER BY id FOR NO KEY UPDATE;
    UPDATE account SET current_balance = current_balance + d.later, opening_balance = opening_balance - d.earlier
    FROM (
        SELECT a.id,
               coalesce(sum(sign * amount) FILTER (WHERE booked_on > coalesce(a.anchored_on, '-infinity')), 0) AS later,
               coalesce(sum(sign * amount) FILTER (WHERE booked_on <= a.anchored_on), 0) AS earlier
        FROM ({changes}) c JOIN account a ON a.id = c.account_id
        GROUP BY a.id
    ) d
    WHERE account.id = d.id AND (d.later <> 0 OR d.earlier <> 0);

    INSERT INTO spending_summary AS s (user_id, month, subcategory_id, spent, received, transaction_count)
    SELECT c.user_id, date_trunc('month', c.booked_on)::date, c.subcategory_id,
           sum(sign * greatest(-amount, 0)), sum(sign * greatest(amount, 0)), sum(sign)
    FROM ({changes}) c JOIN "user" u ON u.id = c.user_id
    WHERE c.transfer_id IS NULL
    GROUP BY 1, 2, 3
    HAVING sum(sign * greatest(-amount, 0)) <> 0 OR sum(sign * greatest(amount, 0)) <> 0 OR sum(sign) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (user_id, month, subcategory_id) DO UPDATE SET
        spent = s.spent + excluded.spent,
        received = s.received + excluded.received,
        transaction_count = s.transaction_count + excluded.transaction_count;
    {forget_empty}
    RETURN NULL;
END
$function$;
"""

# A month's last row went: its summary row goes too. A concurrent insert into it makes the recheck skip.
FORGET_EMPTY = """
    DELETE FROM spending_summary s
    USING (SELECT DISTINCT user_id, date_trunc('month', booked_on)::date AS month FROM old_rows) gone
    WHERE s.user_id = gone.user_id AND s.month = gone.month AND s.transaction_count = 0;
"""

# Each of these locks one table at most: a writer locks a person and then their accounts, and would meet one that
# holds the one and waits for the other.
OTHERS = (
    """
CREATE OR REPLACE FUNCTION recompute_spending_summary(person integer) RETURNS void LANGUAGE sql AS $function$
    DELETE FROM spending_summary WHERE user_id = person;
    INSERT INTO spending_summary (user_id, month, subcategory_id, spent, received, transaction_count)
    SELECT user_id, date_trunc('month', booked_on)::date, subcategory_id,
           sum(greatest(-amount, 0)), sum(greatest(amount, 0)), count(*)
    FROM transaction
    WHERE user_id = person AND transfer_id IS NULL
    GROUP BY 1, 2, 3;
$function$;
""",
    """
DROP TRIGGER IF EXISTS user_after_time_zone ON "user";
DROP FUNCTION IF EXISTS user_after_time_zone();
""",
    # A writer that names an opening balance and no anchor says what is there now: an import of an older export.
    # In one transaction with its trigger: what fires the function before would take the sum of a write away again.
    """
DROP TRIGGER IF EXISTS account_before_write ON account;
CREATE OR REPLACE FUNCTION account_before_write() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    moved numeric;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.anchored_on IS NULL THEN
            NEW.anchored_on := (now() AT TIME ZONE 'UTC')::date;
            NEW.anchor_balance := NEW.opening_balance;
        END IF;
        NEW.opening_balance := NEW.anchor_balance;
        NEW.current_balance := NEW.anchor_balance;
    ELSIF OLD.anchored_on IS NOT NULL THEN
        -- What lies between the two days changes sides.
        SELECT coalesce(sum(amount), 0) * CASE WHEN NEW.anchored_on > OLD.anchored_on THEN 1 ELSE -1 END INTO moved
        FROM transaction
        WHERE NEW.anchored_on <> OLD.anchored_on AND user_id = NEW.user_id AND account_id = NEW.id
          AND booked_on > least(OLD.anchored_on, NEW.anchored_on)
          AND booked_on <= greatest(OLD.anchored_on, NEW.anchored_on)
          AND transaction_date >= least(OLD.anchored_on, NEW.anchored_on)::timestamp AT TIME ZONE 'UTC'
          AND transaction_date < (greatest(OLD.anchored_on, NEW.anchored_on) + 2)::timestamp AT TIME ZONE 'UTC';
        NEW.opening_balance := NEW.anchor_balance - OLD.anchor_balance + OLD.opening_balance - moved;
        NEW.current_balance := NEW.anchor_balance - OLD.anchor_balance + OLD.current_balance - moved;
    END IF;
    RETURN NEW;
END
$function$;
CREATE TRIGGER account_before_write BEFORE INSERT OR UPDATE OF anchored_on, anchor_balance ON account
FOR EACH ROW EXECUTE FUNCTION account_before_write();
""",
)
OTHERS_BACK = """
DROP TRIGGER account_before_write ON account;
DROP FUNCTION account_before_write();
DROP FUNCTION recompute_spending_summary(integer);
DROP TRIGGER IF EXISTS user_after_time_zone ON "user";
DROP FUNCTION IF EXISTS user_after_time_zone();
"""

# Whoever books in one of these accounts waits, so that no row comes in between that the anchor does not know.
HOLD_ACCOUNTS = """
SELECT 1 FROM account WHERE anchored_on IS NULL AND id >= %(first)s AND id < %(beyond)s ORDER BY id FOR NO KEY UPDATE
"""
# The first and the last row by idx_transaction_user_account_date; a day of UTC is at most one from the owner's.
ANCHOR = """
UPDATE account a SET
    anchor_balance = a.opening_balance,
    anchored_on = coalesce((t.first AT TIME ZONE 'UTC')::date - 2, (a.created_at AT TIME ZONE 'UTC')::date),
    closed_on = CASE WHEN NOT a.is_active THEN
        least(greatest((t.last AT TIME ZONE 'UTC')::date, (a.created_at AT TIME ZONE 'UTC')::date), current_date) END
FROM account o
CROSS JOIN LATERAL (
    SELECT (SELECT transaction_date FROM transaction WHERE user_id = o.user_id AND account_id = o.id
            ORDER BY transaction_date LIMIT 1) AS first,
           (SELECT transaction_date FROM transaction WHERE user_id = o.user_id AND account_id = o.id
            ORDER BY transaction_date DESC LIMIT 1) AS last
) t
WHERE o.id = a.id AND a.anchored_on IS NULL AND a.id >= %(first)s AND a.id < %(beyond)s
"""
DRIFTED = """
WITH truth AS (
    SELECT user_id, date_trunc('month', booked_on)::date AS month, subcategory_id,
           sum(greatest(-amount, 0)) AS spent, sum(greatest(amount, 0)) AS received, count(*) AS transaction_count
    FROM transaction WHERE transfer_id IS NULL AND user_id >= %(first)s AND user_id < %(beyond)s GROUP BY 1, 2, 3
), kept AS (
    SELECT user_id, month, subcategory_id, spent, received, transaction_count
    FROM spending_summary WHERE user_id >= %(first)s AND user_id < %(beyond)s
)
SELECT DISTINCT user_id FROM (
    (SELECT * FROM truth EXCEPT ALL SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT ALL SELECT * FROM truth)
) drift
"""
ENDS = {
    "account": "SELECT min(id), max(id) FROM account",
    "user": 'SELECT min(id), max(id) FROM "user"',
}
HOLD = 'SELECT 1 FROM "user" WHERE id = %(user)s FOR UPDATE'


def pieces(cursor, table, size):
    """Ranges of ids that hold all rows of ``table``."""
    cursor.execute(ENDS[table])
    first, last = cursor.fetchone()
    return [] if first is None else [{"first": n, "beyond": n + size} for n in range(first, last + 1, size)]


def anchor(apps, schema_editor):
    from django.db import transaction

    with schema_editor.connection.cursor() as cursor:
        for piece in pieces(cursor, "account", 500):
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(HOLD_ACCOUNTS, piece)
                cursor.execute(ANCHOR, piece)


def sum_up(apps, schema_editor):
    """Months of people for whom Python's table and the server's differed."""
    from django.db import transaction

    with schema_editor.connection.cursor() as cursor:
        for piece in pieces(cursor, "user", 500):
            cursor.execute(DRIFTED, piece)
            for (user,) in cursor.fetchall():
                with transaction.atomic(using=schema_editor.connection.alias):
                    cursor.execute(HOLD, {"user": user})
                    cursor.execute("SELECT recompute_spending_summary(%(user)s)", {"user": user})


def _event(event: str) -> migrations.RunSQL:
    def text(template: str, changes: dict[str, str], forget: str) -> str:
        return template.format(
            event=event,
            changes=changes[event],
            forget_empty="" if event == "insert" else forget,
            referencing=before.REFERENCING[event],
        )

    back = text(before.FUNCTION, before.CHANGES, before.FORGET_EMPTY).split("CREATE TRIGGER")[0]
    back = back.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    return migrations.RunSQL(text(FUNCTION, CHANGES, FORGET_EMPTY), back)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0015_covering_index_with_day"), ("accounts", "0003_balance_anchor")]

    # Two orders hold at each step, while others write. An account is anchored once its own trigger knows anchors, and on
    # the way back that trigger is the earlier one again only when no other moves an opening balance any more.
    operations = [
        migrations.RunSQL(migrations.RunSQL.noop, OTHERS_BACK + before.RECOMPUTE),
        _event("insert"),
        _event("update"),
        _event("delete"),
        *(migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in OTHERS),
        migrations.RunPython(anchor, migrations.RunPython.noop),
        migrations.RunPython(sum_up, migrations.RunPython.noop),
        migrations.RunSQL(days.REMOVE, migrations.RunSQL.noop),
    ]
