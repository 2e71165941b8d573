"""Who is signed in stays so: sessions that are on somebody's list move, and Django's table of them goes."""

from django.db import migrations

MOVE = """
DO $$ BEGIN
    IF to_regclass('django_session') IS NOT NULL THEN
        INSERT INTO web_session (user_id, session_key, session_data, expire_date)
            SELECT u.user_id, s.session_key, s.session_data, s.expire_date
            FROM django_session s JOIN usersessions_usersession u ON u.session_key = s.session_key;
        DROP TABLE django_session;
    END IF;
END $$
"""
MOVE_BACK = """
CREATE TABLE django_session (
    session_key varchar(40) PRIMARY KEY, session_data text NOT NULL, expire_date timestamptz NOT NULL);
CREATE INDEX django_session_session_key_c0390e0f_like ON django_session (session_key varchar_pattern_ops);
CREATE INDEX django_session_expire_date_a5c62663 ON django_session (expire_date);
INSERT INTO django_session SELECT session_key, session_data, expire_date FROM web_session;
DELETE FROM web_session;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_web_session"), ("usersessions", "0001_initial")]

    operations = [migrations.RunSQL(MOVE, MOVE_BACK)]
