"""The role of the web: it reads and writes rows, owns nothing and is no superuser.

What migrates and maintains, every command and every job of the console, is the owner. So a page that was talked into a
statement of somebody else's can change no table, read no file and switch off no trigger.
"""

from typing import Any, Final

from psycopg import sql

from wealthwise.devserver.layout import USER, WEB_USER

# Each can be repeated. What the owner makes later gets the rights by default.
_STATEMENTS: Final = (
    """DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {literal}) THEN CREATE ROLE {web} LOGIN; END IF;
    END $$""",
    "GRANT pg_monitor TO {web}",  # for the health pages of the console
    "GRANT USAGE ON SCHEMA public TO {web}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {web}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {web}",
    """ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
       GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {web}""",
    "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {web}",
    """DO $$ BEGIN
        IF to_regclass('console_log') IS NOT NULL THEN REVOKE UPDATE, DELETE ON console_log FROM {web}; END IF;
        IF to_regclass('django_migrations') IS NOT NULL THEN
            REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {web};
        END IF;
        IF to_regprocedure('pg_stat_statements_reset(oid, oid, bigint, boolean)') IS NOT NULL THEN
            GRANT EXECUTE ON FUNCTION pg_stat_statements_reset(oid, oid, bigint, boolean) TO {web};
        END IF;
    END $$""",
)


def give_rights(connection: Any, *, owner: str = USER) -> None:
    """In the database of ``connection``, which is the owner's; at each start, as earlier releases had no such role."""
    names = {"web": sql.Identifier(WEB_USER), "owner": sql.Identifier(owner), "literal": sql.Literal(WEB_USER)}
    for statement in _STATEMENTS:
        connection.execute(sql.SQL(statement).format(**names))
