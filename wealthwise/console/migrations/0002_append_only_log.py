"""The log of actions is append-only: nobody who can write to the database changes or removes an entry unnoticed."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION console_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    RAISE EXCEPTION 'console_log is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END
$function$;
CREATE TRIGGER console_log_append_only BEFORE UPDATE OR DELETE ON console_log
FOR EACH STATEMENT EXECUTE FUNCTION console_log_is_append_only();
"""
BACKWARD = """
DROP TRIGGER console_log_append_only ON console_log;
DROP FUNCTION console_log_is_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("ops", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
