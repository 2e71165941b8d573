"""Profiles of the files that were imported before there were any: each as it was last read."""

from django.db import migrations

FILL = """
    INSERT INTO import_profile (user_id, account_id, name, names, layout, kept_at)
    SELECT DISTINCT ON (b.user_id, b.account_id, b.layout->'names')
           b.user_id, b.account_id, left(coalesce(nullif(a.bank_name, ''), a.name), 60), b.layout->'names',
           b.layout - '{names,written,joined,is_remembered}'::text[], coalesce(b.committed_at, b.created_at)
    FROM import_batch b JOIN account a ON a.user_id = b.user_id AND a.id = b.account_id
    WHERE b.kind = 'csv' AND b.state = 'committed' AND jsonb_typeof(b.layout->'names') = 'array'
    ORDER BY b.user_id, b.account_id, b.layout->'names', b.id DESC
    ON CONFLICT DO NOTHING
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0024_import_profile")]

    operations = [migrations.RunSQL(FILL, "DELETE FROM import_profile")]
