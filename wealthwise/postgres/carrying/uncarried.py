"""What hangs on a table and would be lost, or left on the old one, when a successor takes the table's place.

Everything that depends on the table, its partitions, its row type or the views on it is found in pg_depend, and
what is not known to be carried is named: a kind that nobody thought of is refused and not forgotten.
"""

from typing import Any

from wealthwise.postgres.sql import rows_of

_DEPENDENTS = """
WITH RECURSIVE family (oid) AS (
    SELECT quote_ident(%(table)s)::regclass::oid
    UNION
    SELECT i.inhrelid FROM family JOIN pg_inherits i ON i.inhparent = family.oid
    JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
), reader (oid) AS (
    SELECT r.ev_class FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
    JOIN pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm') AND c.relpersistence = 'p'
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
      AND d.refobjid = quote_ident(%(table)s)::regclass
    UNION
    SELECT r.ev_class FROM reader
    JOIN pg_depend d ON d.refobjid = reader.oid AND d.refclassid = 'pg_class'::regclass
    JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_class c ON c.oid = r.ev_class AND c.relkind IN ('v', 'm') AND c.relpersistence = 'p'
), relation (oid) AS (
    SELECT oid FROM family UNION ALL SELECT oid FROM reader
), row_type (oid) AS (
    SELECT t.oid FROM pg_type t JOIN relation ON t.typrelid = relation.oid
    UNION SELECT t.typarray FROM pg_type t JOIN relation ON t.typrelid = relation.oid
), carried (classid, objid) AS (
    SELECT 'pg_class'::regclass, oid FROM relation
    UNION SELECT 'pg_class'::regclass, indexrelid FROM pg_index JOIN relation ON indrelid = relation.oid
    UNION SELECT 'pg_class'::regclass, reltoastrelid FROM pg_class JOIN relation USING (oid)
    UNION SELECT 'pg_class'::regclass, d.objid FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND c.relkind = 'S'
          JOIN family ON d.refobjid = family.oid
          WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'i'
    UNION SELECT 'pg_type'::regclass, oid FROM row_type
    UNION SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef a JOIN family ON adrelid = family.oid
    UNION SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k JOIN family ON conrelid = family.oid
          WHERE contype <> 'f' OR confrelid NOT IN (SELECT oid FROM family)
    UNION SELECT 'pg_trigger'::regclass, g.oid FROM pg_trigger g JOIN family ON tgrelid = family.oid
          WHERE tgisinternal OR tgparentid <> 0 OR tgrelid = quote_ident(%(table)s)::regclass
    UNION SELECT 'pg_policy'::regclass, oid FROM pg_policy WHERE polrelid = quote_ident(%(table)s)::regclass
          AND NOT EXISTS (SELECT FROM pg_depend d JOIN reader ON d.refobjid = reader.oid
                          WHERE d.classid = 'pg_policy'::regclass AND d.objid = pg_policy.oid)
    UNION SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite WHERE ev_class = quote_ident(%(table)s)::regclass
          AND NOT EXISTS (SELECT FROM pg_depend d JOIN reader ON d.refobjid = reader.oid
                          WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = pg_rewrite.oid)
    UNION SELECT 'pg_rewrite'::regclass, r.oid FROM pg_rewrite r JOIN reader ON ev_class = reader.oid
          WHERE rulename = '_RETURN' AND NOT EXISTS (
              SELECT FROM pg_depend d JOIN family ON d.refobjid = family.oid
              WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
                AND d.refobjid <> quote_ident(%(table)s)::regclass)
    UNION SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext
          WHERE stxrelid = quote_ident(%(table)s)::regclass
    UNION SELECT 'pg_publication_rel'::regclass, r.oid FROM pg_publication_rel r
          JOIN pg_publication p ON p.oid = prpubid AND pg_has_role(p.pubowner, 'USAGE')
          WHERE prrelid = quote_ident(%(table)s)::regclass AND (prqual IS NULL AND prattrs IS NULL OR pubviaroot)
)
SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
                     THEN (SELECT CASE rulename WHEN '_RETURN'
                                  THEN pg_describe_object('pg_class'::regclass, ev_class, 0)
                                  ELSE pg_describe_object(d.classid, d.objid, 0) END
                           FROM pg_rewrite WHERE oid = d.objid)
                     ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
FROM pg_depend d
WHERE ((d.refclassid = 'pg_class'::regclass AND d.refobjid IN (SELECT oid FROM relation))
       OR (d.refclassid = 'pg_type'::regclass AND d.refobjid IN (SELECT oid FROM row_type)))
  AND NOT EXISTS (SELECT FROM carried c WHERE c.classid = d.classid AND c.objid = d.objid)
ORDER BY 1
"""

_STATES = """
WITH leaf AS (
    SELECT c.*, (SELECT reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid) AS toast_options
    FROM pg_class c WHERE c.relkind = 'r' AND c.oid IN (
        SELECT quote_ident(%(table)s)::regclass
        UNION SELECT relid FROM pg_partition_tree(quote_ident(%(table)s)))
), t AS (SELECT * FROM pg_class WHERE oid = quote_ident(%(table)s)::regclass)
SELECT 'row-level security, which hides rows from this role' FROM t WHERE row_security_active(t.oid)
UNION ALL SELECT 'that it is a part of ' || inhparent::regclass FROM pg_inherits JOIN t ON inhrelid = t.oid
UNION ALL SELECT 'its tablespace' FROM t WHERE reltablespace <> 0
UNION ALL SELECT 'partitions in a tablespace' WHERE (SELECT count(*) FROM leaf WHERE reltablespace <> 0) > 0
UNION ALL SELECT 'that it is unlogged or temporary' WHERE EXISTS (SELECT FROM leaf WHERE relpersistence <> 'p')
UNION ALL SELECT 'storage options that differ between its partitions'
          WHERE (SELECT count(DISTINCT (reloptions, toast_options)) FROM leaf) > 1
UNION ALL SELECT 'a replica identity by an index' WHERE EXISTS (
          SELECT FROM t WHERE relreplident = 'i' UNION ALL SELECT FROM leaf WHERE relreplident = 'i')
UNION ALL SELECT 'a security label' WHERE EXISTS (
          SELECT FROM pg_seclabel JOIN t ON objoid = t.oid AND classoid = 'pg_class'::regclass)
UNION ALL SELECT 'a subscription that fills it' WHERE EXISTS (
          SELECT FROM pg_subscription_rel JOIN t ON srrelid = t.oid)
"""


def uncarried(connection: Any, table: str) -> list[str]:
    """What keeps the table from being replaced, each in a few words as PostgreSQL describes it."""
    return [name for statement in (_DEPENDENTS, _STATES) for (name,) in rows_of(statement, on=connection, table=table)]
