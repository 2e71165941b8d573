"""How long a person lets their sessions live, and do nothing; null is the site's own limit."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_sessions_moved")]

    operations = [
        migrations.AddField("user", "idle_minutes", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("user", "session_days", models.PositiveSmallIntegerField(blank=True, null=True)),
    ]
