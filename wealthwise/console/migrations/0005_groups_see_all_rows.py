"""Staff see what became rows of people after the groups were made: rules, tags, checks, and what is due."""

from importlib import import_module

from django.db import migrations

groups = import_module("wealthwise.console.migrations.0003_groups")
MODELS = {
    ("transactions", "rule"): "rule",
    ("transactions", "tag"): "tag",
    ("transactions", "filecategory"): "file category",
    ("transactions", "balancecheck"): "balance check",
    ("budgets", "schedule"): "schedule",
    ("budgets", "scheduleanswer"): "schedule answer",
}


def _permissions(apps, alias):
    return [
        groups._permission(apps, alias, model, f"view_{model[1]}", f"Can view {words}")
        for model, words in MODELS.items()
    ]


def add(apps, schema_editor):
    """To the groups that are still there by their names."""
    alias = schema_editor.connection.alias
    permissions = _permissions(apps, alias)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=groups.GROUPS):
        group.permissions.add(*permissions)


def take(apps, schema_editor):
    alias = schema_editor.connection.alias
    permissions = _permissions(apps, alias)
    for group in apps.get_model("auth", "Group").objects.using(alias).filter(name__in=groups.GROUPS):
        group.permissions.remove(*permissions)


class Migration(migrations.Migration):
    dependencies = [("ops", "0004_no_admin_log_of_people")]

    operations = [migrations.RunPython(add, take)]
