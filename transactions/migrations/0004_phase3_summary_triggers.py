"""Phase 3: account balances and the spending summary, kept by statement-level triggers on the ledger.

One statement fires one trigger whatever its number of rows; the transition table is grouped first, so
a COPY of 50,000 rows of one person writes a few hundred summary rows.

Locks, always in this order: the users (FOR SHARE, so that a change of time zone, which moves rows
between months, waits for them and they for it), their accounts by id, their summary rows by key.
When the user itself is being erased the join to "user" is empty and nothing is written.
"""

from django.db import migrations

CHANGES = {
    "insert": "SELECT user_id, account_id, subcategory_id, transaction_date, transfer_id, amount, 1 AS sign FROM new_rows",
    "delete": "SELECT user_id, account_id, subcategory_id, transaction_date, transfer_id, amount, -1 AS sign FROM old_rows",
}
CHANGES["update"] = f"{CHANGES['insert']} UNION ALL {CHANGES['delete']}"

REFERENCING = {
    "insert": "REFERENCING NEW TABLE AS new_rows",
    "update": "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "REFERENCING OLD TABLE AS old_rows",
}

FUNCTION = """
CREATE FUNCTION transaction_after_{event}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM 1 FROM "user"
    WHERE id IN (SELECT user_id FROM ({changes}) c) ORDER BY id FOR SHARE;

    PERFORM 1 FROM account
    WHERE id IN (SELECT account_id FROM ({changes}) c) ORDER BY id FOR NO KEY UPDATE;
    UPDATE account SET current_balance = current_balance + d.total
    FROM (
        SELECT account_id, sum(sign * amount) AS total FROM ({changes}) c
        WHERE account_id IS NOT NULL GROUP BY account_id HAVING sum(sign * amount) <> 0
    ) d
    WHERE account.id = d.account_id;

    INSERT INTO spending_summary AS s (user_id, month, subcategory_id, spent, received, transaction_count)
    SELECT c.user_id, date_trunc('month', c.transaction_date AT TIME ZONE u.time_zone)::date, c.subcategory_id,
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

CREATE TRIGGER transaction_after_{event} AFTER {event} ON transaction
{referencing} FOR EACH STATEMENT EXECUTE FUNCTION transaction_after_{event}();
"""

# A month's last row went: its summary row goes too. A concurrent insert into it makes the recheck skip.
FORGET_EMPTY = """
    DELETE FROM spending_summary s
    USING (
        SELECT DISTINCT c.user_id, date_trunc('month', c.transaction_date AT TIME ZONE u.time_zone)::date AS month
        FROM old_rows c JOIN "user" u ON u.id = c.user_id
    ) gone
    WHERE s.user_id = gone.user_id AND s.month = gone.month AND s.transaction_count = 0;
"""

REMOVE = "DROP TRIGGER transaction_after_{event} ON transaction; DROP FUNCTION transaction_after_{event}();"

RECOMPUTE = """
CREATE FUNCTION recompute_spending_summary(person integer) RETURNS void LANGUAGE sql AS $function$
    DELETE FROM spending_summary WHERE user_id = person;
    INSERT INTO spending_summary (user_id, month, subcategory_id, spent, received, transaction_count)
    SELECT t.user_id, date_trunc('month', t.transaction_date AT TIME ZONE u.time_zone)::date, t.subcategory_id,
           sum(greatest(-t.amount, 0)), sum(greatest(t.amount, 0)), count(*)
    FROM transaction t JOIN "user" u ON u.id = t.user_id
    WHERE t.user_id = person AND t.transfer_id IS NULL
    GROUP BY 1, 2, 3;
$function$;

CREATE FUNCTION user_after_time_zone() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    PERFORM recompute_spending_summary(NEW.id);
    RETURN NULL;
END
$function$;

CREATE TRIGGER user_after_time_zone AFTER UPDATE OF time_zone ON "user"
FOR EACH ROW WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone) EXECUTE FUNCTION user_after_time_zone();

CREATE FUNCTION account_before_write() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.current_balance := NEW.opening_balance;
    ELSIF NEW.opening_balance IS DISTINCT FROM OLD.opening_balance THEN
        NEW.current_balance := NEW.current_balance + NEW.opening_balance - OLD.opening_balance;
    END IF;
    RETURN NEW;
END
$function$;

CREATE TRIGGER account_before_write BEFORE INSERT OR UPDATE OF opening_balance ON account
FOR EACH ROW EXECUTE FUNCTION account_before_write();
"""

RECOMPUTE_REMOVE = """
DROP TRIGGER account_before_write ON account;
DROP FUNCTION account_before_write();
DROP TRIGGER user_after_time_zone ON "user";
DROP FUNCTION user_after_time_zone();
DROP FUNCTION recompute_spending_summary(integer);
"""


def _event(event: str) -> migrations.RunSQL:
    forget_empty = "" if event == "insert" else FORGET_EMPTY
    forward = FUNCTION.format(
        event=event, changes=CHANGES[event], referencing=REFERENCING[event], forget_empty=forget_empty
    )
    return migrations.RunSQL(forward, REMOVE.format(event=event))


class Migration(migrations.Migration):
    dependencies = [("transactions", "0003_phase2_covering_index")]

    operations = [
        migrations.RunSQL(RECOMPUTE, RECOMPUTE_REMOVE),
        _event("insert"),
        _event("update"),
        _event("delete"),
        migrations.RunSQL('SELECT recompute_spending_summary(id) FROM "user"', "DELETE FROM spending_summary"),
    ]
