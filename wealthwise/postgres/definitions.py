"""Every definition of the current schema as text: what a database is made of beside its rows.

Only its own: tables of extensions are left out. A name of a partition's piece is that of the table's, so that both can
be compared; how PostgreSQL's versions write one thing differently is levelled here.
"""

import re
from dataclasses import dataclass
from typing import Any

from wealthwise.postgres.sql import rows_of


@dataclass(frozen=True, slots=True)
class Definition:
    """One piece: ``table`` is "" for what belongs to none; ``part`` names the partition that has it, else ""."""

    kind: str
    table: str
    name: str
    text: str
    part: str = ""


OFF = " (switched off)"
INVALID = " (invalid)"
_QUOTED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*\""""
_CAST = re.compile(rf"({_QUOTED})|::(?:text|character varying)(?:\[\])?(?![\w\[(])")
_ALONE = re.compile(rf"""({_QUOTED})|(?<![\w"])\(({_QUOTED}|\w+|ARRAY\[(?:{_QUOTED}|[^]['"])*\])\)""")

_DEFINITIONS = """
WITH relation AS (
    SELECT c.oid, c.relname::text AS own, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
           c.relreplident, c.reloptions,
           CASE WHEN c.relispartition THEN r.relname ELSE c.relname END::text AS name,
           CASE WHEN c.relispartition THEN c.relname ELSE '' END::text AS part
    FROM pg_class c LEFT JOIN pg_class r ON r.oid = pg_partition_root(c.oid)
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'm', 'v')
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                      AND d.deptype = 'e')
), col AS (
    SELECT r.name, a.attname::text AS attname, a.attrelid, a.attnum, a.attnotnull, a.attidentity, a.attgenerated,
           format_type(a.atttypid, a.atttypmod)
           || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || o.collname ELSE '' END
           || CASE WHEN a.attgenerated <> '' THEN ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid)
                   || ') STORED' ELSE '' END AS written,
           pg_get_expr(d.adbin, d.adrelid) AS expression
    FROM pg_attribute a JOIN relation r ON r.oid = a.attrelid AND r.relkind IN ('r', 'p') AND r.part = ''
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_collation o ON o.oid = a.attcollation
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped
)
SELECT 'table', name, '', concat_ws(', ',
           CASE relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END,
           CASE WHEN relrowsecurity THEN 'row security' END,
           CASE WHEN relforcerowsecurity THEN 'also of its owner' END,
           CASE relreplident WHEN 'd' THEN NULL ELSE 'replica identity ' || relreplident::text END), part
FROM relation WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'setting', name, split_part(option, '=', 1), substr(option, strpos(option, '=') + 1), part
FROM relation, unnest(reloptions) option WHERE relkind IN ('r', 'm')
UNION ALL SELECT 'column', name, attname, written, '' FROM col
UNION ALL SELECT 'not null', name, attname, 'NOT NULL', '' FROM col WHERE attnotnull
UNION ALL SELECT 'default', name, attname, expression, '' FROM col WHERE attgenerated = '' AND expression IS NOT NULL
UNION ALL SELECT 'identity', name, attname, CASE attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, ''
FROM col WHERE attidentity <> ''
UNION ALL
SELECT 'sequence', col.name, col.attname, 'INCREMENT BY ' || s.seqincrement || ' MINVALUE ' || s.seqmin
       || ' MAXVALUE ' || s.seqmax || ' CACHE ' || s.seqcache || CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END, ''
FROM pg_sequence s
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype IN ('a', 'i')
JOIN col ON d.refclassid = 'pg_class'::regclass AND d.refobjid = col.attrelid AND d.refobjsubid = col.attnum
UNION ALL
SELECT 'constraint', r.name, coalesce(p.conname, c.conname), pg_get_constraintdef(c.oid)
       || CASE WHEN EXISTS (SELECT FROM pg_trigger g WHERE g.tgconstraint = c.oid AND g.tgenabled NOT IN ('O', 'A'))
               THEN %(off)s ELSE '' END, r.part
FROM pg_constraint c JOIN relation r ON r.oid = c.conrelid
LEFT JOIN pg_constraint p ON p.oid = c.conparentid
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND (c.conparentid = 0 OR p.conrelid <> c.conrelid)
UNION ALL
SELECT 'index', r.name, coalesce(p.relname, i.relname), CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END
       || substr(pg_get_indexdef(i.oid), strpos(pg_get_indexdef(i.oid), ' USING ') + 1)
       || CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN '' ELSE %(invalid)s END, r.part
FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN relation r ON r.oid = x.indrelid
LEFT JOIN pg_inherits h ON h.inhrelid = i.oid LEFT JOIN pg_class p ON p.oid = h.inhparent
UNION ALL
SELECT 'trigger', r.name, g.tgname, replace(pg_get_triggerdef(g.oid, true), ' ON ' || quote_ident(r.own) || ' ',
                                            ' ON ' || quote_ident(r.name) || ' ')
       || CASE g.tgenabled WHEN 'O' THEN '' WHEN 'A' THEN ' (always)' WHEN 'R' THEN ' (only of a replica)'
               ELSE %(off)s END, r.part
FROM pg_trigger g JOIN relation r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
UNION ALL
SELECT 'rule', r.name, w.rulename, pg_get_ruledef(w.oid, true), r.part
FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', r.name, p.polname, concat_ws(' ', p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),
                                              pg_get_expr(p.polwithcheck, p.polrelid)), r.part
FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
UNION ALL
SELECT 'statistics', r.name, s.stxname, pg_get_statisticsobjdef(s.oid), r.part
FROM pg_statistic_ext s JOIN relation r ON r.oid = s.stxrelid
UNION ALL
SELECT CASE relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END, name, '', pg_get_viewdef(oid, true), ''
FROM relation WHERE relkind IN ('m', 'v')
UNION ALL
SELECT 'function', '', p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       replace(pg_get_functiondef(p.oid), ' ' || quote_ident(current_schema()) || '.' || quote_ident(p.proname) || '(',
               ' ' || quote_ident(p.proname) || '('), ''
FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind IN ('f', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                  AND d.deptype = 'e')
UNION ALL
SELECT 'aggregate', '', p.proname || '(' || pg_get_function_arguments(p.oid) || ')',
       concat_ws(', ', 'SFUNC = ' || a.aggtransfn::regproc, 'STYPE = ' || a.aggtranstype::regtype,
                 'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc,
                 'INITCOND = ' || quote_literal(a.agginitval)), ''
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.pronamespace = current_schema()::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid
                  AND d.deptype = 'e')
UNION ALL SELECT 'extension', '', extname, '', '' FROM pg_extension WHERE extname <> 'plpgsql'
"""


def definitions(connection: Any) -> list[Definition]:
    """Everything in the current schema, partitions included, in no order; one statement."""
    rows = rows_of(_DEFINITIONS, on=connection, off=OFF, invalid=INVALID)
    return [Definition(kind, table, name, _level(kind, text), part) for kind, table, name, text, part in rows]


def comparable(one: Definition) -> str:
    """Its text as two are held against each other: a rule is written with other casts once it came out of a dump.

    What was ``(ARRAY['a'::character varying])::text[]`` is ``ARRAY[('a'::character varying)::text]`` from then on.
    Casts to text are left out, and parentheses around one literal, name or array, but not those of a function.
    """
    if one.kind not in ("constraint", "index"):
        return one.text
    text, longer = _CAST.sub(lambda found: found[1] or "", one.text), ""
    while text != longer:
        longer, text = text, _ALONE.sub(lambda found: found[1] or found[2], text)
    return text


def _level(kind: str, text: str) -> str:
    """One way to write what versions write differently: until 15, a view names the table of each column."""
    if kind.endswith("view"):
        return re.sub(r"\b\w+\.(?=\w)", "", " ".join(text.removesuffix(";").split()))
    return text if kind == "function" else " ".join(text.split())
