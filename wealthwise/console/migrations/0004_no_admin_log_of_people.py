"""The admin's own log named people who may be erased since; what staff did stands in the console's log."""

from django.db import migrations

FORGET = """
DELETE FROM django_admin_log l USING django_content_type t
WHERE t.id = l.content_type_id AND t.app_label = 'accounts' AND t.model = 'user'
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0003_groups"), ("admin", "0003_logentry_add_action_flag_choices")]

    operations = [migrations.RunSQL(FORGET, migrations.RunSQL.noop)]
