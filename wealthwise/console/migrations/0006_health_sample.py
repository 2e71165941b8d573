"""The history of the service's numbers, a partition a day of which the old ones are dropped; and what is called out."""

from django.db import migrations, models
from django.db.models.functions import Now

FORWARD = """
CREATE TABLE health_sample (
    metric varchar(40) NOT NULL,
    label varchar(63) NOT NULL,
    taken_at timestamptz NOT NULL,
    value double precision NOT NULL,
    CONSTRAINT health_sample_pkey PRIMARY KEY (metric, label, taken_at)
) PARTITION BY RANGE (taken_at)
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0005_groups_see_all_rows")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, "DROP TABLE health_sample")],
            state_operations=[
                migrations.CreateModel(
                    name="HealthSample",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "metric",
                                "label",
                                "taken_at",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("metric", models.CharField(max_length=40)),
                        ("label", models.CharField(blank=True, max_length=63)),
                        ("taken_at", models.DateTimeField()),
                        ("value", models.FloatField()),
                    ],
                    options={"db_table": "health_sample", "default_permissions": ()},
                ),
            ],
        ),
        migrations.CreateModel(
            name="HealthAlarm",
            fields=[
                ("key", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("tone", models.CharField(max_length=4)),
                ("text", models.TextField()),
                ("since", models.DateTimeField(db_default=Now(), editable=False)),
                ("told_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "health_alarm", "default_permissions": ()},
        ),
    ]
