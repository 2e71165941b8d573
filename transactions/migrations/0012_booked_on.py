"""A transaction gets the day in its owner's life, and the time on their clock.

Until every row has its day, and for writers of the version before, a trigger works it out from the timestamp.
"""

from django.db import migrations, models

FILL = """
CREATE FUNCTION transaction_fill_day() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    local timestamp;
BEGIN
    SELECT NEW.transaction_date AT TIME ZONE u.time_zone INTO local FROM "user" u WHERE u.id = NEW.user_id;
    NEW.booked_on := local::date;
    NEW.booked_time := nullif(local::time, '12:00');
    RETURN NEW;
END
$function$;

CREATE TRIGGER transaction_fill_day BEFORE INSERT ON transaction
FOR EACH ROW WHEN (NEW.booked_on IS NULL) EXECUTE FUNCTION transaction_fill_day();

CREATE TRIGGER transaction_fill_moved_day BEFORE UPDATE OF transaction_date ON transaction
FOR EACH ROW WHEN (NEW.transaction_date <> OLD.transaction_date AND NEW.booked_on IS NOT DISTINCT FROM OLD.booked_on)
EXECUTE FUNCTION transaction_fill_day();
"""
# PostgreSQL drops a trigger from the partitions first, and writers lock the table first: without the lock taken
# beforehand, which goes down from the table, the two wait for each other.
REMOVE = """
DO $$ BEGIN
    LOCK TABLE transaction IN ACCESS EXCLUSIVE MODE;
    DROP TRIGGER IF EXISTS transaction_fill_moved_day ON transaction;
    DROP TRIGGER IF EXISTS transaction_fill_day ON transaction;
    DROP FUNCTION IF EXISTS transaction_fill_day();
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0011_partition_conversion")]

    operations = [
        migrations.AddField("transaction", "booked_on", models.DateField(null=True)),
        migrations.AddField("transaction", "booked_time", models.TimeField(blank=True, null=True)),
        migrations.RunSQL(FILL, REMOVE),
    ]
