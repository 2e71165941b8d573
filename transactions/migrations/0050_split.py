"""Splits: rows of the ledger that were one. Two columns without a value, which rewrites nothing.

The database holds that the parts of a split belong together: two or more of them, each with a number of its own and the
first with 1, in one account, on one day, of one import, in one direction. It looks after each statement, at nothing
where no row of it is a part, and locks the parts, so that two writers cannot each see the half of a split.
"""

from django.db import migrations, models

MOST = 50

WHOLE = """
CREATE FUNCTION transaction_split_whole() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    one record;
    people integer[];
    splits uuid[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(user_id), array_agg(split_id) INTO people, splits
        FROM (SELECT DISTINCT user_id, split_id FROM new_rows WHERE split_id IS NOT NULL) g;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(user_id), array_agg(split_id) INTO people, splits
        FROM (SELECT DISTINCT user_id, split_id FROM old_rows WHERE split_id IS NOT NULL) g;
    ELSE
        SELECT array_agg(user_id), array_agg(split_id) INTO people, splits
        FROM (SELECT user_id, split_id FROM new_rows WHERE split_id IS NOT NULL
              UNION SELECT user_id, split_id FROM old_rows WHERE split_id IS NOT NULL) g;
    END IF;
    IF people IS NULL THEN
        RETURN NULL;
    END IF;
    FOR one IN SELECT u.person, array_agg(u.split) AS splits FROM unnest(people, splits) AS u (person, split)
               GROUP BY 1 ORDER BY 1 LOOP
        PERFORM 1 FROM transaction t
        WHERE t.user_id = one.person AND t.split_id = ANY(one.splits) ORDER BY t.id FOR NO KEY UPDATE;
        IF EXISTS (
            SELECT FROM transaction t WHERE t.user_id = one.person AND t.split_id = ANY(one.splits)
            GROUP BY t.split_id
            HAVING count(*) NOT BETWEEN 2 AND {most}
                OR min(t.split_part) <> 1 OR count(DISTINCT t.split_part) <> count(*)
                OR count(t.account_id) NOT IN (0, count(*)) OR min(t.account_id) <> max(t.account_id)
                OR count(t.import_batch_id) NOT IN (0, count(*)) OR min(t.import_batch_id) <> max(t.import_batch_id)
                OR min(t.booked_on) <> max(t.booked_on) OR min(t.transaction_date) <> max(t.transaction_date)
                OR min(sign(t.amount)) <> max(sign(t.amount)) OR min(sign(t.amount)) = 0
        ) THEN
            RAISE check_violation USING
                MESSAGE = 'the parts of a split do not belong together',
                CONSTRAINT = 'transaction_split_whole', TABLE = 'transaction';
        END IF;
    END LOOP;
    RETURN NULL;
END
$function$;
CREATE TRIGGER transaction_split_insert AFTER INSERT ON transaction REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_split_whole();
CREATE TRIGGER transaction_split_update AFTER UPDATE ON transaction
REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_split_whole();
CREATE TRIGGER transaction_split_delete AFTER DELETE ON transaction REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_split_whole();
""".replace("{most}", str(MOST))
WHOLE_BACK = """
DROP TRIGGER transaction_split_delete ON transaction;
DROP TRIGGER transaction_split_update ON transaction;
DROP TRIGGER transaction_split_insert ON transaction;
DROP FUNCTION transaction_split_whole();
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0047_spending_view_from_summary")]

    operations = [
        migrations.AddField("transaction", "split_id", models.UUIDField(editable=False, null=True)),
        migrations.AddField("transaction", "split_part", models.PositiveSmallIntegerField(editable=False, null=True)),
        migrations.RunSQL(WHOLE, WHOLE_BACK),
    ]
