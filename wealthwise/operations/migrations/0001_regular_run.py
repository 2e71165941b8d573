"""The table of regular work, which `manage.py scheduler` keeps."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RegularRun",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not finished"), ("done", "Done"), ("failed", "Failed"), ("stopped", "Stopped")],
                        db_default="",
                        default="",
                        max_length=7,
                    ),
                ),
            ],
            options={
                "verbose_name": "regular work",
                "verbose_name_plural": "regular work",
                "db_table": "regular_run",
                "default_permissions": ("view",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at", None), ("outcome", "")),
                            models.Q(("finished_at__isnull", False), models.Q(("outcome", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="regular_run_outcome_at_the_end",
                    )
                ],
            },
        ),
    ]
