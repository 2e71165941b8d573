"""What is attached to a table or view and is lost when another takes its place: carried over as statements.

Each constant asks the catalog for the statements themselves, so they are right for whatever is attached. Some
can be run on the successor beforehand, others only once it has the name, and those are read before the names
change hands.
"""

from typing import Any

from wealthwise.postgres.sql import rows_of, run

# Whoever may do what, and nobody else: default privileges may have given the successor more.
_OWNER = """
SELECT 'ALTER TABLE ' || %(target)s || ' OWNER TO ' || quote_ident(pg_get_userbyid(relowner))
FROM pg_class WHERE oid = %(source)s::oid
"""
_PRIVILEGES = """
WITH source AS (SELECT * FROM pg_class WHERE oid = %(source)s::oid),
     target AS (SELECT * FROM pg_class WHERE oid = %(target)s::regclass)
SELECT statement FROM (
    SELECT 1 AS step, g.n, 'REVOKE ALL ON ' || %(target)s || ' FROM ' || who.name AS statement
    FROM target CROSS JOIN aclexplode(coalesce(relacl, acldefault('r', relowner)))
         WITH ORDINALITY g (grantor, grantee, privilege, grantable, n)
    CROSS JOIN LATERAL (
        SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) who (name)
    UNION ALL
    SELECT 2, g.n, 'GRANT ' || g.privilege || ' ON ' || %(target)s || ' TO ' || who.name
           || CASE WHEN g.grantable THEN ' WITH GRANT OPTION' ELSE '' END
    FROM source CROSS JOIN aclexplode(coalesce(relacl, acldefault('r', relowner)))
         WITH ORDINALITY g (grantor, grantee, privilege, grantable, n)
    CROSS JOIN LATERAL (
        SELECT CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END) who (name)
) all_of_them
WHERE (SELECT relacl IS NOT NULL FROM source) OR (SELECT relacl IS NOT NULL FROM target) ORDER BY step, n
"""
_COLUMN_PRIVILEGES = """
SELECT 'GRANT ' || g.privilege_type || ' (' || quote_ident(a.attname) || ') ON ' || %(target)s || ' TO '
       || CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END
       || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) g
WHERE a.attrelid = %(source)s::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""

# Storage options of a table or view, those of its TOAST table too.
_OPTIONS = """
SELECT 'ALTER ' || CASE c.relkind WHEN 'v' THEN 'VIEW ' WHEN 'm' THEN 'MATERIALIZED VIEW ' ELSE 'TABLE ' END
       || %(target)s || ' SET (' || o.prefix || quote_ident(o.option_name)
       || ' = ' || quote_literal(o.option_value) || ')'
FROM pg_class c CROSS JOIN LATERAL (
    SELECT '' AS prefix, option_name, option_value FROM pg_options_to_table(c.reloptions)
    UNION ALL
    SELECT 'toast.', option_name, option_value
    FROM pg_class t CROSS JOIN pg_options_to_table(t.reloptions) WHERE t.oid = c.reltoastrelid
) o
WHERE c.oid = %(source)s::oid
"""
_COLUMN_SETTINGS = """
SELECT 'ALTER TABLE ' || %(target)s || ' ALTER COLUMN ' || quote_ident(attname) || ' SET STATISTICS ' || attstattarget
FROM pg_attribute WHERE attrelid = %(source)s::oid AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0
UNION ALL
SELECT 'ALTER TABLE ' || %(target)s || ' ALTER COLUMN ' || quote_ident(attname) || ' SET (' || quote_ident(option_name)
       || ' = ' || quote_literal(option_value) || ')'
FROM pg_attribute CROSS JOIN pg_options_to_table(attoptions)
WHERE attrelid = %(source)s::oid AND attnum > 0 AND NOT attisdropped
"""
_REPLICA_IDENTITY = """
SELECT 'ALTER TABLE ' || %(target)s || ' REPLICA IDENTITY '
       || CASE relreplident WHEN 'f' THEN 'FULL' ELSE 'NOTHING' END
FROM pg_class WHERE oid = %(source)s::oid AND relreplident IN ('f', 'n')
"""

# Where rows lie: partitions, or the table itself. Options stand there and not on a partitioned table.
_LEAVES = """
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM (SELECT quote_ident(%(table)s)::regclass AS relid
      UNION SELECT relid FROM pg_partition_tree(quote_ident(%(table)s)) WHERE isleaf) t
JOIN pg_class c ON c.oid = t.relid AND c.relkind = 'r' JOIN pg_namespace n ON n.oid = c.relnamespace ORDER BY 2
"""
_ITSELF = """
SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = quote_ident(%(table)s)::regclass
"""

# Extended statistics are made beside those there are, so that ANALYZE fills them before they are needed.
_STATISTICS = """
SELECT 'CREATE STATISTICS IF NOT EXISTS ' || name.new
       || CASE WHEN s.stxkind = '{e}' THEN '' ELSE ' (' || kinds.list || ')' END
       || ' ON ' || pg_get_statisticsobjdef_columns(s.oid) || ' FROM ' || quote_ident(%(shadow)s)
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
CROSS JOIN LATERAL (SELECT quote_ident(n.nspname) || '.' || quote_ident(s.stxname || '_new') AS new) name
CROSS JOIN LATERAL (
    SELECT string_agg(CASE kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ') AS list
    FROM unnest(s.stxkind) kind WHERE kind <> 'e') kinds
WHERE s.stxrelid = quote_ident(%(table)s)::regclass
UNION ALL
SELECT 'ALTER STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname || '_new')
       || ' OWNER TO ' || quote_ident(pg_get_userbyid(s.stxowner))
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE s.stxrelid = quote_ident(%(table)s)::regclass
UNION ALL
SELECT 'ALTER STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname || '_new')
       || ' SET STATISTICS ' || s.stxstattarget
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE s.stxrelid = quote_ident(%(table)s)::regclass AND s.stxstattarget >= 0
"""
_RENAMED_STATISTICS = """
SELECT 'ALTER STATISTICS ' || place.name || ' RENAME TO ' || quote_ident(s.stxname || '_old')
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
CROSS JOIN LATERAL (SELECT quote_ident(n.nspname) || '.' || quote_ident(s.stxname) AS name) place
WHERE s.stxrelid = quote_ident(%(table)s)::regclass
UNION ALL
SELECT 'ALTER STATISTICS ' || quote_ident(n.nspname) || '.' || quote_ident(s.stxname || '_new')
       || ' RENAME TO ' || quote_ident(s.stxname)
FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE s.stxrelid = quote_ident(%(table)s)::regclass
"""

# By the table's name, for the one that then has it: triggers, rules, row-level security, publications.
_BY_NAME = """
WITH t AS (
    SELECT c.*, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name,
           quote_ident(n.nspname) || '.' || quote_ident(%(old)s) AS old_name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = quote_ident(%(table)s)::regclass
)
SELECT statement FROM (
    SELECT 1 AS step, tgname::text AS name, pg_get_triggerdef(g.oid) AS statement
    FROM pg_trigger g JOIN t ON g.tgrelid = t.oid
    WHERE NOT tgisinternal AND tgparentid = 0 AND NOT starts_with(tgname, 'conversion_mirror_')
    UNION ALL
    SELECT 2, tgname, 'ALTER TABLE ' || t.name
           || CASE tgenabled WHEN 'D' THEN ' DISABLE' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE ' ENABLE REPLICA' END
           || ' TRIGGER ' || quote_ident(tgname)
    FROM pg_trigger g JOIN t ON g.tgrelid = t.oid
    WHERE NOT tgisinternal AND tgparentid = 0 AND tgenabled <> 'O'
    UNION ALL
    SELECT 3, rulename, pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN t ON r.ev_class = t.oid
    UNION ALL
    SELECT 4, rulename, 'ALTER TABLE ' || t.name
           || CASE ev_enabled WHEN 'D' THEN ' DISABLE' WHEN 'A' THEN ' ENABLE ALWAYS' ELSE ' ENABLE REPLICA' END
           || ' RULE ' || quote_ident(rulename)
    FROM pg_rewrite r JOIN t ON r.ev_class = t.oid WHERE ev_enabled <> 'O'
    UNION ALL
    SELECT 5, polname, 'CREATE POLICY ' || quote_ident(polname) || ' ON ' || t.name
           || CASE WHEN polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
           || CASE polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
              WHEN 'd' THEN ' FOR DELETE' ELSE '' END
           || (SELECT ' TO ' || string_agg(CASE role WHEN 0 THEN 'PUBLIC'
                                           ELSE quote_ident(pg_get_userbyid(role)) END, ', ')
               FROM unnest(polroles) role)
           || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '')
           || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', '')
    FROM pg_policy p JOIN t ON p.polrelid = t.oid
    UNION ALL
    SELECT 6, '', 'ALTER TABLE ' || t.name || ' ENABLE ROW LEVEL SECURITY' FROM t WHERE relrowsecurity
    UNION ALL
    SELECT 7, '', 'ALTER TABLE ' || t.name || ' FORCE ROW LEVEL SECURITY' FROM t WHERE relforcerowsecurity
    UNION ALL
    SELECT 8, pubname, 'ALTER PUBLICATION ' || quote_ident(pubname) || ' DROP TABLE '
           || t.old_name
    FROM pg_publication_rel JOIN t ON prrelid = t.oid JOIN pg_publication p ON p.oid = prpubid
    UNION ALL
    SELECT 9, pubname, 'ALTER PUBLICATION ' || quote_ident(pubname) || ' ADD TABLE ' || t.name
           || coalesce((SELECT ' (' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || ')' FROM pg_attribute
                        WHERE attrelid = prrelid AND attnum = ANY(prattrs)), '')
           || coalesce(' WHERE (' || pg_get_expr(prqual, prrelid) || ')', '')
    FROM pg_publication_rel JOIN t ON prrelid = t.oid JOIN pg_publication p ON p.oid = prpubid
) all_of_them ORDER BY step, name
"""

# Of the relations themselves, their columns and everything else of theirs that can have one.
_COMMENTS = """
WITH things (classid, objid) AS (
    SELECT 'pg_class'::regclass, unnest(%(relations)s::oid[])
    UNION SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = ANY(%(relations)s)
    UNION SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = ANY(%(relations)s)
    UNION SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid = ANY(%(relations)s)
    UNION SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class = ANY(%(relations)s)
    UNION SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid = ANY(%(relations)s)
    UNION SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid = ANY(%(relations)s)
)
SELECT 'COMMENT ON ' || CASE thing.type
           WHEN 'statistics object' THEN 'STATISTICS' WHEN 'table constraint' THEN 'CONSTRAINT'
           ELSE regexp_replace(thing.type, '^.* column$', 'column') END
       || ' ' || thing.identity || ' IS ' || quote_literal(d.description)
FROM things JOIN pg_description d ON d.classoid = things.classid AND d.objoid = things.objid
CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) thing
"""


def copy_owner_and_privileges(connection: Any, source: int, target: str) -> None:
    """The owner and every grant, those of columns too; ``target`` is a quoted name."""
    for statement in (_OWNER, _PRIVILEGES, _COLUMN_PRIVILEGES):
        run_all(connection, _texts(connection, statement, source=source, target=target))


def copy_options(connection: Any, source: int, target: str) -> None:
    """The storage options of a table, or the options of a view."""
    run_all(connection, _texts(connection, _OPTIONS, source=source, target=target))


def copy_table_attachments(connection: Any, table: str, shadow: str) -> None:
    """Owner, privileges, options, settings of columns, replica identity; the shadow's partitions get those of one."""
    [(table_oid, _)] = rows_of(_ITSELF, on=connection, table=table)
    [(_, shadow_name)] = rows_of(_ITSELF, on=connection, table=shadow)
    copy_owner_and_privileges(connection, table_oid, shadow_name)
    leaf = rows_of(_LEAVES, on=connection, table=table)[0][0]
    places = [(table_oid, shadow_name), *((leaf, name) for _, name in rows_of(_LEAVES, on=connection, table=shadow))]
    for source, target in places:
        for statement in (_COLUMN_SETTINGS, _REPLICA_IDENTITY):
            run_all(connection, _texts(connection, statement, source=source, target=target))
    for source, target in places[1:]:
        copy_options(connection, source, target)


def make_statistics(connection: Any, table: str, shadow: str) -> None:
    """The extended statistics of ``table``, as ``NAME_new``; made again when run again."""
    run_all(connection, _texts(connection, _STATISTICS, table=table, shadow=shadow))


def rename_statistics(connection: Any, table: str) -> None:
    """``NAME`` becomes ``NAME_old`` and ``NAME_new`` becomes ``NAME``."""
    run_all(connection, _texts(connection, _RENAMED_STATISTICS, table=table))


def statements_by_name(connection: Any, table: str, old: str) -> list[str]:
    """What is to be run once another table has the name and this one is called ``old``."""
    return _texts(connection, _BY_NAME, table=table, old=old)


def comments(connection: Any, table: str, views: list[int]) -> list[str]:
    """Statements that say again, by name, every comment on the table, the views and what belongs to them."""
    [(oid, _)] = rows_of(_ITSELF, on=connection, table=table)
    return _texts(connection, _COMMENTS, relations=[oid, *views])


def run_all(connection: Any, statements: list[str]) -> None:
    for statement in statements:
        run(statement, on=connection)


def _texts(connection: Any, statement: str, **parameters: Any) -> list[str]:
    return [text for (text,) in rows_of(statement, on=connection, **parameters)]
