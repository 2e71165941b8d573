"""A number in the person's row that grows with each change of it: what is cached of an earlier one is never used."""

from django.db import migrations, models

GROW = """
CREATE FUNCTION user_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.generation := OLD.generation + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER user_generation BEFORE UPDATE ON "user" FOR EACH ROW EXECUTE FUNCTION user_generation();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_form_receipt")]

    operations = [
        migrations.AddField("user", "generation", models.BigIntegerField(db_default=0, editable=False)),
        migrations.RunSQL(GROW, 'DROP TRIGGER user_generation ON "user"; DROP FUNCTION user_generation();'),
    ]
