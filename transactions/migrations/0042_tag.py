"""Tags of transactions: what they are called, and in the ledger which ones a row has.

A row lists the ids of its tags, as nothing in all that was there before; without a value nothing is rewritten. The
database holds that they are its owner's: a writer keeps the tags from being deleted, and a tag that goes is taken out
of the rows that had it.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models
from django.db.models.functions import Lower

KNOWN = """
CREATE FUNCTION transaction_tags_known() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF EXISTS (SELECT FROM new_rows WHERE tag_ids IS NOT NULL) THEN
        PERFORM 1 FROM tag g
        WHERE (g.user_id, g.id) IN (SELECT n.user_id, unnest(n.tag_ids) FROM new_rows n)
        ORDER BY g.id FOR KEY SHARE;
        IF EXISTS (SELECT FROM (SELECT DISTINCT n.user_id, unnest(n.tag_ids) AS id FROM new_rows n) u
                   WHERE NOT EXISTS (SELECT FROM tag g WHERE g.user_id = u.user_id AND g.id = u.id)) THEN
            RAISE foreign_key_violation USING
                MESSAGE = 'a transaction has a tag that its owner does not have',
                CONSTRAINT = 'transaction_tags_known', TABLE = 'transaction';
        END IF;
    END IF;
    RETURN NULL;
END
$function$;
CREATE TRIGGER transaction_tags_insert AFTER INSERT ON transaction REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_tags_known();
CREATE TRIGGER transaction_tags_update AFTER UPDATE ON transaction REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION transaction_tags_known();
"""
# By idx_transaction_tags. While a person is being erased their rows go by themselves.
GONE = """
CREATE FUNCTION tag_after_delete() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    gone record;
BEGIN
    FOR gone IN SELECT o.user_id, array_agg(o.id) AS ids FROM old_rows o
                JOIN "user" u ON u.id = o.user_id GROUP BY 1 ORDER BY 1 LOOP
        UPDATE transaction t SET tag_ids = (
            SELECT array_agg(x ORDER BY x) FROM unnest(t.tag_ids) x WHERE x <> ALL(gone.ids))
        WHERE t.user_id = gone.user_id AND t.tag_ids && gone.ids;
    END LOOP;
    RETURN NULL;
END
$function$;
CREATE TRIGGER tag_after_delete AFTER DELETE ON tag REFERENCING OLD TABLE AS old_rows
FOR EACH STATEMENT EXECUTE FUNCTION tag_after_delete();
"""
KNOWN_BACK = """
DROP TRIGGER transaction_tags_update ON transaction;
DROP TRIGGER transaction_tags_insert ON transaction;
DROP FUNCTION transaction_tags_known();
"""
GONE_BACK = "DROP TRIGGER tag_after_delete ON tag; DROP FUNCTION tag_after_delete();"


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("transactions", "0041_index_of_words"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=50)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "tag",
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("user"),
                        Lower("name"),
                        name="uq_tag_user_name",
                        violation_error_message="You already have a tag with that name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(name__regex=r"^[^\s,#]([^,]*[^\s,])?$"), name="tag_name_given"
                    ),
                ],
            },
        ),
        migrations.AddField(
            "transaction",
            "tag_ids",
            django.contrib.postgres.fields.ArrayField(models.IntegerField(), editable=False, null=True),
        ),
        migrations.RunSQL(KNOWN, KNOWN_BACK),
        migrations.RunSQL(GONE, GONE_BACK),
    ]
