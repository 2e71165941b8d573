"""Operators and auditors see what the scheduler does, as they see every other screen."""

from django.db import migrations

GROUPS = ("operator", "auditor")


def allow(apps, schema_editor):
    """The permission is otherwise made after all migrations; one that is made here is found then and kept."""
    alias = schema_editor.connection.alias
    content_types = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    content_type, _ = content_types.get_or_create(app_label="operations", model="regularrun")
    permission, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(
            codename="view_regularrun", content_type=content_type, defaults={"name": "Can view regular work"}
        )
    )
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=GROUPS):
        group.permissions.add(permission)


def forbid(apps, schema_editor):
    permissions = apps.get_model("auth", "Permission").objects.using(schema_editor.connection.alias)
    for permission in permissions.filter(codename="view_regularrun"):
        permission.group_set.clear()


class Migration(migrations.Migration):
    dependencies = [("ops", "0006_health_sample"), ("operations", "0001_regular_run")]

    operations = [migrations.RunPython(allow, forbid)]
