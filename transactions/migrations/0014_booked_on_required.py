"""Every row has a day, which is the timestamp's in UTC or one beside it; the database refuses any other."""

from datetime import UTC, timedelta

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations, models
from django.db.models.functions import TruncDate

from wealthwise.postgres.indexes import AddConstraintNotValid

DAY = TruncDate("transaction_date", tzinfo=UTC)
NEAR = models.CheckConstraint(
    condition=models.Q(
        ("booked_on__gte", DAY - timedelta(days=1)),
        ("booked_on__lte", DAY + timedelta(days=1)),
    ),
    name="transaction_day_near_timestamp",
)
# With a rule that was checked while others wrote, SET NOT NULL does not read the table under its lock.
FORGET = "ALTER TABLE transaction DROP CONSTRAINT IF EXISTS transaction_day_there"
RULE = "ALTER TABLE transaction ADD CONSTRAINT transaction_day_there CHECK (booked_on IS NOT NULL) NOT VALID"


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("transactions", "0013_booked_on_filled")]

    operations = [
        migrations.RunSQL([FORGET, RULE], FORGET),
        migrations.RunSQL("ALTER TABLE transaction VALIDATE CONSTRAINT transaction_day_there", migrations.RunSQL.noop),
        migrations.AlterField("transaction", "booked_on", models.DateField()),
        migrations.RunSQL(FORGET, migrations.RunSQL.noop),
        AddConstraintNotValid(model_name="transaction", constraint=NEAR),
        ValidateConstraint(model_name="transaction", name="transaction_day_near_timestamp"),
    ]
