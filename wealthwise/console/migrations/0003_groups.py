"""The three groups of staff. Membership is given by superusers; what a group may do can be changed afterwards."""

from django.db import migrations

PEOPLE = [("accounts", model) for model in ("user", "account", "emailverification", "passwordresettoken")]
LEDGER = [("transactions", model) for model in ("category", "subcategory", "importbatch", "transaction")]
PLANS = [
    ("budgets", model)
    for model in (
        "budgetperiod", "budget", "budgetallocation", "incomesource", "recurringincomesource",
        "recurringbudgetallocation",
    )
]  # fmt: skip
SUMMARIES = [("transactions", "spendingsummary"), ("transactions", "viewrefresh")]
CONSOLE = [("ops", "consolelog"), ("ops", "consolejob")]
NAMES = {
    "view_health": "Can see database health, plan and views",
    "refresh_view": "Can refresh the spending view and run the self-check",
    "repair_summaries": "Can repair derived numbers",
    "maintain_tables": "Can analyze, vacuum and reindex",
    "reset_statistics": "Can reset the statistics of statements",
    "unmask": "Can see amounts and texts of a person, with a reason",
    "verify_email": "Can mark an email address as verified",
    "send_reset": "Can mail a password reset",
    "end_sessions": "Can end the sessions of a person",
    "suspend_user": "Can suspend and restore a person",
    "erase_user": "Can erase a person",
    "export_user": "Can export the data of a person",
}
SUPPORT = ["view_health", "unmask", "verify_email", "send_reset", "end_sessions", "export_user"]
GROUPS = {
    "support": (PEOPLE + LEDGER + PLANS, SUPPORT),
    "operator": (PEOPLE + LEDGER + PLANS + SUMMARIES + CONSOLE, list(NAMES)),
    "auditor": (PEOPLE + LEDGER + PLANS + SUMMARIES + CONSOLE, ["view_health"]),
}
VERBOSE = {
    "emailverification": "email verification",
    "passwordresettoken": "password reset token",
    "importbatch": "import batch",
    "budgetperiod": "budget period",
    "budgetallocation": "budget allocation",
    "incomesource": "income source",
    "recurringincomesource": "recurring income source",
    "recurringbudgetallocation": "recurring budget allocation",
    "spendingsummary": "spending summary",
    "viewrefresh": "view refresh",
    "consolelog": "log entry",
    "consolejob": "job",
}


def create(apps, schema_editor):
    """Permissions are otherwise made after all migrations; those made here are found then and kept."""
    alias = schema_editor.connection.alias
    group_model = apps.get_model("auth", "Group")
    for name, (models, verbs) in GROUPS.items():
        group, _ = group_model.objects.using(alias).get_or_create(name=name)
        wanted = [(model, f"view_{model[1]}", f"Can view {VERBOSE.get(model[1], model[1])}") for model in models]
        wanted += [(("ops", "consolelog"), verb, NAMES[verb]) for verb in verbs]
        group.permissions.add(*(_permission(apps, alias, *line) for line in wanted))


def _permission(apps, alias, model, codename, name):
    content_type, _ = (
        apps.get_model("contenttypes", "ContentType")
        .objects.using(alias)
        .get_or_create(app_label=model[0], model=model[1])
    )
    permission, _ = (
        apps.get_model("auth", "Permission")
        .objects.using(alias)
        .get_or_create(codename=codename, content_type=content_type, defaults={"name": name})
    )
    return permission


def remove(apps, schema_editor):
    groups = apps.get_model("auth", "Group").objects.using(schema_editor.connection.alias)
    groups.filter(name__in=GROUPS).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("ops", "0002_append_only_log"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create, remove)]
