"""Slow statements and index advice, judged on a database where each case was really made."""

import json
import os
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from wealthwise.operations import gains, index_advice, monitoring
from wealthwise.operations.index_advice import Finding, implies
from wealthwise.operations.management.commands import slow_queries
from wealthwise.operations.monitoring import MonitoringError


def command(name: str, *arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


def run(on: Any, *statements: str) -> None:
    with on.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def findings(on: Any, kind: str) -> dict[str, Finding]:
    """By index, or by table where an index is missing."""
    found = index_advice.index_report(on).findings
    return {finding.index or finding.table: finding for finding in found if finding.kind == kind}


@pytest.fixture
def shop(scratch: Any) -> Any:
    """Two tables, one of them partitioned, with rows and statistics."""
    run(
        scratch,
        "CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, city int, active boolean DEFAULT true)",
        "CREATE TABLE sale (id int, customer_id int REFERENCES customer, at date, total int) PARTITION BY HASH (id)",
        *(f"CREATE TABLE sale_{n} PARTITION OF sale FOR VALUES WITH (MODULUS 2, REMAINDER {n})" for n in (0, 1)),
        "INSERT INTO customer SELECT n, 'c' || n, n % 50 FROM generate_series(1, 2000) n",
        "INSERT INTO sale SELECT n, n, '2026-01-01', n FROM generate_series(1, 2000) n",
        "SELECT pg_stat_force_next_flush()",  # rows that are reported after ANALYZE would count twice
        "ANALYZE",
    )
    return scratch


# Statements


@pytest.fixture
def counted(scratch: Any) -> Any:
    """A database with the extension; skipped where the server does not load the library."""
    if monitoring._unavailable(scratch) == monitoring.NOT_LOADED:
        pytest.skip("the server does not preload pg_stat_statements")
    monitoring.enable_statements(scratch)
    monitoring.reset_statements(scratch)  # creating the extension may take longer than anything in a test
    return scratch


@pytest.fixture
def visitor(scratch: Any) -> Any:
    """A role without rights, taken on by the test and removed after it."""
    role = f"visitor_{os.getpid()}"
    run(scratch, f"CREATE ROLE {role}")
    yield role
    run(scratch, "RESET ROLE", f"DROP OWNED BY {role}", f"DROP ROLE {role}")


def test_statements_with_their_figures(counted: Any) -> None:
    run(counted, "CREATE TABLE fruit (id int)", "INSERT INTO fruit SELECT generate_series(1, 10)")
    monitoring.reset_statements(counted)
    for number in (1, 2, 3):
        run(counted, f"SELECT *\n  FROM fruit WHERE id <> {number}")
    run(counted, "SELECT pg_sleep(0.05)")
    report = monitoring.statement_report(counted)
    found = {statement.query: statement for statement in report.statements}
    fruit = found["SELECT * FROM fruit WHERE id <> $1"]
    assert (fruit.calls, fruit.rows, fruit.hit_ratio, fruit.nested) == (3, 27, 1.0, False)
    assert fruit.mean_ms == pytest.approx(fruit.total_ms / 3)
    slowest = report.statements[0]
    assert slowest.query == "SELECT pg_sleep($1)"
    assert slowest.mean_ms >= 50
    assert 0.5 < slowest.share <= 1
    assert sum(statement.share for statement in report.statements if not statement.nested) <= 1.0001
    assert report.since is not None
    assert report.note == ""


def test_only_this_database_is_shown_and_forgotten(counted: Any) -> None:
    known = counted.get_connection_params()
    parameters = {name: known[name] for name in ("user", "password", "host", "port") if known.get(name)}
    with psycopg.connect(**parameters, dbname="postgres", autocommit=True) as other:
        other.execute("SELECT 1 AS elsewhere")
    queries = [s.query for s in monitoring.statement_report(counted, limit=1000).statements]
    assert queries
    assert not [query for query in queries if "elsewhere" in query]
    monitoring.reset_statements(counted)
    with counted.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_statements WHERE query LIKE 'SELECT $1 AS elsewhere'")
        assert cursor.fetchone() == (1,)


def test_the_order_and_the_limit(counted: Any) -> None:
    run(counted, *["SELECT pg_sleep(0.01)"] * 8, "SELECT pg_sleep(0.03), 1")
    by_mean = monitoring.statement_report(counted, limit=1).statements
    by_total = monitoring.statement_report(counted, limit=10, by="total").statements
    assert [s.query for s in by_mean] == ["SELECT pg_sleep($1), $2"]
    # The report itself may be slow where the server counts for many databases.
    assert [s.query for s in by_total if "pg_sleep" in s.query] == ["SELECT pg_sleep($1)", "SELECT pg_sleep($1), $2"]


def test_a_statement_of_a_trigger_counts_once_in_the_share(counted: Any) -> None:
    run(
        counted,
        "CREATE TABLE fruit (id int)",
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$",
        "CREATE TRIGGER slow AFTER INSERT ON fruit FOR EACH STATEMENT EXECUTE FUNCTION slow()",
    )
    monitoring.reset_statements(counted)
    run(counted, "INSERT INTO fruit VALUES (1)")
    found = monitoring.statement_report(counted, limit=100).statements
    assert [s.nested for s in found if "pg_sleep" in s.query] in ([True], [])  # tracking of nested ones is a setting
    assert sum(s.share for s in found if not s.nested) <= 1.0001


def test_the_command_prints_a_line_each(counted: Any) -> None:
    run(counted, "SELECT pg_sleep(0.02), " + ", ".join(f"'{n}' AS column_{n}" for n in range(20)))
    told = command("slow_queries", "--limit", "1", database="scratch")
    assert told.startswith("1 slowest statements since 20")
    line = told.splitlines()[2]
    assert "SELECT pg_sleep($1), $2 AS column_0" in line
    assert line.endswith("…")
    assert "\n" not in line


def test_the_json_has_whole_statements(counted: Any) -> None:
    answer = json.loads(command("slow_queries", "--json", database="scratch"))
    assert set(answer) == {"available", "note", "since", "statements"}
    assert answer["available"] is True
    fields = {"query", "calls", "mean_ms", "total_ms", "share", "rows", "hit_ratio", "nested"}
    assert {frozenset(statement) for statement in answer["statements"]} == {frozenset(fields)}
    assert datetime.fromisoformat(answer["since"]).tzinfo is not None


def test_nested_statements_are_marked() -> None:
    slow = monitoring.StatementCost("SELECT 1", 1, 1.0, 1.0, 0.5, 1, None, nested=True)
    told = slow_queries.as_text(monitoring.StatementReport(True, "", None, (slow,)))
    assert "  > SELECT 1" in told
    assert "ran inside another statement" in told


def test_reset(counted: Any) -> None:
    run(counted, "SELECT 1 AS before_the_reset")
    told = command("slow_queries", "--reset", "--json", database="scratch")
    assert "before_the_reset" not in told


def test_without_the_extension_a_sentence_and_an_empty_list(scratch: Any) -> None:
    told = command("slow_queries", database="scratch")
    assert "CREATE EXTENSION pg_stat_statements" in told
    answer = json.loads(command("slow_queries", "--json", database="scratch"))
    assert answer["available"] is False
    assert answer["statements"] == []
    with pytest.raises(CommandError, match="pg_stat_statements"):
        command("slow_queries", "--reset", database="scratch")


def test_without_the_library_the_setting_is_named(scratch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = monitoring.value_of
    monkeypatch.setattr(
        monitoring,
        "value_of",
        lambda statement, **given: "current_setting" not in str(statement) and ask(statement, **given),
    )
    told = command("slow_queries", database="scratch")
    assert "shared_preload_libraries" in told
    assert "CREATE EXTENSION" in told
    with pytest.raises(
        CommandError, match="installed, but pg_stat_statements is not loaded: add it to shared_preload"
    ):
        command("slow_queries", "--enable", database="scratch")


def test_enable_creates_the_extension_and_can_be_repeated(counted: Any) -> None:
    run(counted, "DROP EXTENSION pg_stat_statements")
    for _ in range(2):
        assert json.loads(command("slow_queries", "--enable", "--json", database="scratch"))["available"] is True


def test_an_extension_in_another_schema_is_found(counted: Any) -> None:
    run(
        counted,
        "DROP EXTENSION pg_stat_statements",
        'CREATE SCHEMA "Odd one"',
        'CREATE EXTENSION pg_stat_statements SCHEMA "Odd one"',
    )
    monitoring.reset_statements(counted)
    assert monitoring.statement_report(counted).available


def test_a_role_that_may_not_enable_or_reset_is_told_what_to_do(counted: Any, visitor: str) -> None:
    run(counted, f"SET ROLE {visitor}")
    with pytest.raises(MonitoringError, match=r"could not be reset .*GRANT EXECUTE"):
        monitoring.reset_statements(counted)
    run(counted, "RESET ROLE", "DROP EXTENSION pg_stat_statements", f"SET ROLE {visitor}")
    with pytest.raises(CommandError, match=r"could not be created .*as a superuser"):
        command("slow_queries", "--enable", database="scratch")


def test_a_role_that_may_not_read_is_told_what_to_grant(counted: Any, visitor: str) -> None:
    run(counted, "REVOKE SELECT ON pg_stat_statements FROM PUBLIC", f"SET ROLE {visitor}")
    answer = json.loads(command("slow_queries", "--json", database="scratch"))
    assert (answer["available"], answer["statements"]) == (False, [])
    assert "GRANT SELECT ON pg_stat_statements" in answer["note"]


def test_a_role_that_sees_its_own_statements_only_is_told(counted: Any, visitor: str) -> None:
    run(counted, "SELECT 1 AS of_somebody_else", f"SET ROLE {visitor}", "SELECT 1 AS of_the_visitor")
    report = monitoring.statement_report(counted, limit=1000)
    queries = " ".join(statement.query for statement in report.statements)
    assert "of_the_visitor" in queries
    assert "of_somebody_else" not in queries
    assert "insufficient privilege" not in queries
    assert "pg_read_all_stats" in report.note


def test_a_limit_is_positive() -> None:
    with pytest.raises(CommandError, match="--limit"):
        command("slow_queries", "--limit", "0")


# Indexes


def test_an_index_of_partitions_is_one_with_their_sum(shop: Any) -> None:
    run(shop, "CREATE INDEX sale_total ON sale (total)", "SET enable_seqscan = off")
    run(shop, "SELECT * FROM sale WHERE total = 7", "SELECT pg_stat_force_next_flush()")
    (index,) = [index for index in monitoring.index_uses(shop) if index.name == "sale_total"]
    with shop.cursor() as cursor:
        cursor.execute("SELECT sum(pg_relation_size(indexrelid)) FROM pg_stat_user_indexes WHERE relname ~ 'sale_.'")
        assert index.size == cursor.fetchone()[0]
    assert (index.table, index.scans, index.columns) == ("sale", 2, ("total",))
    assert not [other for other in monitoring.index_uses(shop) if other.table in ("sale_0", "sale_1")]


def test_unused_until_it_is_used(shop: Any) -> None:
    run(shop, "CREATE INDEX customer_city ON customer (city)")
    assert "Meta.indexes" in findings(shop, "unused")["customer_city"].advice
    run(shop, "SET enable_seqscan = off", "SELECT * FROM customer WHERE city = 1", "SELECT pg_stat_force_next_flush()")
    assert "customer_city" not in findings(shop, "unused")


def test_rules_are_never_unused_and_deletes_are_thought_of(shop: Any) -> None:
    run(shop, "CREATE INDEX sale_customer ON sale (customer_id)")
    found = findings(shop, "unused")
    assert set(found) == {"sale_customer"}
    assert "keep it if rows of customer are ever deleted" in found["sale_customer"].advice


def test_dropping_the_index_of_a_foreign_key_is_noticed(shop: Any) -> None:
    run(shop, "CREATE INDEX sale_customer ON sale (customer_id)")
    assert findings(shop, "foreign key") == {}
    run(shop, "DROP INDEX sale_customer")
    (finding,) = findings(shop, "foreign key").values()
    assert finding.table == "sale"
    assert "each delete in customer reads all of sale; add an index on (customer_id)" in finding.advice


@pytest.mark.parametrize(
    ("index", "serves"),
    [
        ("(customer_id, at)", True),
        ("(customer_id) WHERE customer_id IS NOT NULL", True),
        ("(customer_id) WHERE total > 5", False),
        ("(at, customer_id)", False),
        ("USING brin (customer_id)", False),
    ],
)
def test_which_index_serves_a_foreign_key(shop: Any, index: str, serves: bool) -> None:
    run(shop, f"CREATE INDEX sale_some ON sale {index}")
    assert (findings(shop, "foreign key") == {}) is serves


@pytest.mark.parametrize(
    ("narrow", "wide", "redundant"),
    [
        ("(city)", "(city, email)", True),
        ("(city)", "(email, city)", False),
        ("(city DESC)", "(city, email)", True),  # read backwards
        ("(city, email DESC)", "(city, email, id)", False),
        ("(city DESC, email DESC)", "(city, email, id)", True),
        ("(city) INCLUDE (email)", "(city, email)", True),
        ("(city) INCLUDE (email)", "(city, active)", False),
        ("(city) WHERE active", "(city, email)", True),
        ("(city)", "(city, email) WHERE active", False),
        ("(city) WHERE active", "(city, email) WHERE active", True),
        ("(city) WHERE active AND id > 5", "(city, email) WHERE active", True),
        ("(email text_pattern_ops)", "(email, city)", False),
        ('(email COLLATE "C")', '(email COLLATE "POSIX", city)', False),
        ("USING hash (city)", "(city, email)", False),
        ("USING brin (city)", "USING brin (city, id)", False),
        ("(lower(email))", "(lower(email), city)", True),
    ],
)
def test_which_index_is_redundant(shop: Any, narrow: str, wide: str, redundant: bool) -> None:
    run(shop, f"CREATE INDEX a_narrow ON customer {narrow}", f"CREATE INDEX a_wide ON customer {wide}")
    found = findings(shop, "redundant")
    assert ("a_narrow" in found) is redundant
    assert "a_wide" not in found
    if redundant:
        assert found["a_narrow"].advice.startswith("a_wide (")


def test_of_two_equal_indexes_one_is_redundant(shop: Any) -> None:
    run(shop, "CREATE INDEX b_later ON customer (city)", "CREATE INDEX a_first ON customer (city)")
    assert set(findings(shop, "redundant")) == {"b_later"}


def test_a_constraint_stays_and_its_double_goes(shop: Any) -> None:
    run(shop, "CREATE UNIQUE INDEX a_double ON customer (email)", "CREATE INDEX a_copy ON customer (id)")
    assert set(findings(shop, "redundant")) == {"a_double", "a_copy"}


def test_a_unique_index_is_not_replaced_by_a_wider_one(shop: Any) -> None:
    run(shop, "CREATE UNIQUE INDEX a_rule ON customer (id, city)", "CREATE INDEX a_wide ON customer (id, city, email)")
    assert set(findings(shop, "redundant")) == set()


def test_an_invalid_index_serves_nothing(shop: Any) -> None:
    run(shop, "CREATE INDEX a_narrow ON customer (city)", "CREATE INDEX a_wide ON customer (city, email)")
    run(shop, "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'a_wide'::regclass")
    assert "a_narrow" not in findings(shop, "redundant")
    assert "maintain reindex --table customer" in findings(shop, "invalid")["a_wide"].advice


@pytest.mark.parametrize(
    ("narrow", "wide", "answer"),
    [
        ("a", "", True),
        ("", "a", False),
        ("a AND b", "b", True),
        ("r OR a AND b AND c OR d", "b", False),
        ("a", "a OR b", False),
    ],
)
def test_implication_is_never_guessed(narrow: str, wide: str, answer: bool) -> None:
    assert implies(narrow, wide) is answer


@pytest.fixture
def crowd(counted: Any) -> Any:
    """Two thousand customers of fifty cities, and as many sales in two partitions, with statistics of statements."""
    run(
        counted,
        "CREATE TABLE customer (id int PRIMARY KEY, email text UNIQUE, city int, active boolean DEFAULT true)",
        "CREATE TABLE sale (id int, customer_id int, total int) PARTITION BY HASH (id)",
        *(f"CREATE TABLE sale_{n} PARTITION OF sale FOR VALUES WITH (MODULUS 2, REMAINDER {n})" for n in (0, 1)),
        "INSERT INTO customer SELECT n, 'c' || n, n % 50 FROM generate_series(1, 2000) n",
        "INSERT INTO sale SELECT n, n, n FROM generate_series(1, 4000) n",
        "SELECT pg_stat_force_next_flush()",
        "ANALYZE",
    )
    if counted.pg_version < gains.GENERIC_PLANS:
        pytest.skip("this server plans no statement without its values")
    return counted


def test_a_statement_that_reads_all_and_keeps_few_wants_an_index(crowd: Any) -> None:
    run(crowd, *["SELECT email FROM customer WHERE city = 3 AND active"] * 12)
    advice = findings(crowd, "missing")["customer"].advice
    assert "All of customer (2,000 rows) is read by a statement that keeps 40 rows, sent 12 times and" in advice
    assert "SELECT email FROM customer WHERE city = $1 AND active - an index on (city)" in advice
    assert "Not proven: CREATE EXTENSION hypopg" in advice
    run(crowd, "CREATE INDEX customer_city ON customer (city)")
    assert findings(crowd, "missing") == {}


def test_partitions_are_one_table(crowd: Any) -> None:
    run(crowd, *["SELECT id FROM sale WHERE customer_id = 7"] * 12)
    assert "an index on (customer_id)" in findings(crowd, "missing")["sale"].advice


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM customer",
        "SELECT sum(hashtextextended(c::text, 0)) FROM customer c WHERE id > 0 AND id <= 2000",
        "ANALYZE customer",
        "REFRESH MATERIALIZED VIEW cities",
        "INSERT INTO copied SELECT * FROM customer WHERE id > 0 FOR SHARE",
        "SELECT email FROM customer WHERE email = 'c3'",
        "SELECT email FROM customer WHERE active",
    ],
)
def test_what_has_nothing_to_gain_wants_no_index(crowd: Any, statement: str) -> None:
    """Own maintenance, refreshes, checks and conversions, and what an index serves or could not."""
    run(crowd, "CREATE MATERIALIZED VIEW cities AS SELECT city, count(*) FROM customer WHERE city = 3 GROUP BY 1")
    run(crowd, "CREATE TABLE copied (LIKE customer)", *[statement] * 12)
    assert findings(crowd, "missing") == {}


def test_a_statement_that_is_sent_seldom_wants_no_index(crowd: Any) -> None:
    run(crowd, *["SELECT email FROM customer WHERE city = 3"] * 5)
    assert findings(crowd, "missing") == {}


# What hypopg has, with an index that is really there: it stands in for the extension, which comes with no server here.
STAND_IN = """
CREATE FUNCTION hypopg_create_index(statement text, OUT indexrelid oid, OUT indexname text) LANGUAGE plpgsql AS $$
BEGIN EXECUTE replace(statement, 'INDEX ON', 'INDEX tried ON'); indexname := 'tried'; END $$;
CREATE FUNCTION hypopg_reset() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP INDEX IF EXISTS tried; END $$
"""


def test_advice_is_proven_or_not_given(crowd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gains, "can_prove", lambda connection: True)
    run(crowd, STAND_IN, *["SELECT email FROM customer WHERE city = 3"] * 12)
    assert "Proven by the planner: its cost falls from" in findings(crowd, "missing")["customer"].advice
    monkeypatch.setattr(gains, "CHEAPER", 0.0001)
    assert findings(crowd, "missing") == {}
    monkeypatch.setattr(gains, "CHEAPER", 0.5)
    run(crowd, "SET enable_indexscan = off", "SET enable_bitmapscan = off")
    assert findings(crowd, "missing") == {}


def test_without_statistics_of_statements_nothing_is_judged(shop: Any) -> None:
    run(shop, *["SELECT count(*) FROM customer WHERE city = 3"] * 20, "SELECT pg_stat_force_next_flush()")
    report = index_advice.index_report(shop)
    assert [finding for finding in report.findings if finding.kind == "missing"] == []
    assert "Which index is missing is not judged: pg_stat_statements" in report.warning


def test_every_planted_case_is_found_and_nothing_else(crowd: Any) -> None:
    run(
        crowd,
        "CREATE INDEX useless ON customer (active)",
        "CREATE INDEX redundant ON customer (id)",
        "CREATE INDEX never_finished ON sale_0 (total)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'never_finished'::regclass",
        "CREATE TABLE parcel (id int PRIMARY KEY, code int)",
        "INSERT INTO parcel SELECT n, n FROM generate_series(1, 100000) n",
        "DELETE FROM parcel WHERE id % 20 <> 0",
        "VACUUM ANALYZE parcel",
        *["SELECT email FROM customer WHERE city = 3"] * 12,
        "SELECT pg_stat_force_next_flush()",
    )
    found = {(finding.kind, finding.index or finding.table) for finding in index_advice.index_report(crowd).findings}
    assert found == {
        ("unused", "useless"),
        ("unused", "redundant"),
        ("redundant", "redundant"),
        ("missing", "customer"),
        ("invalid", "never_finished"),
        ("bloated", "parcel_pkey"),
    }
    kept = index_advice.index_report(crowd, kept={"useless", "redundant"}).findings
    assert {finding.kind for finding in kept} == {"missing", "invalid", "bloated"}


def test_a_conversion_began_the_counters_anew(shop: Any) -> None:
    """What looks unused in a successor may just not have been needed yet."""
    run(
        shop,
        "CREATE INDEX sale_customer ON sale (customer_id)",
        "CREATE TABLE partition_conversion (table_name text, counted_from timestamptz)",
        "INSERT INTO partition_conversion VALUES ('sale', now()), ('other', NULL)",
    )
    assert findings(shop, "unused") == {}
    assert "The counters of sale began anew on" in index_advice.index_report(shop).warning
    run(shop, "UPDATE partition_conversion SET counted_from = now() - interval '20 days'")
    assert set(findings(shop, "unused")) == {"sale_customer"}


def test_bloat_is_estimated_and_gone_after_a_reindex(scratch: Any) -> None:
    run(
        scratch,
        "CREATE TABLE parcel (id int PRIMARY KEY, code int)",
        "INSERT INTO parcel SELECT n, n FROM generate_series(1, 100000) n",
        "DELETE FROM parcel WHERE id % 20 <> 0",
        "VACUUM ANALYZE parcel",
        "SELECT pg_stat_force_next_flush()",
    )
    finding = findings(scratch, "bloated")["parcel_pkey"]
    assert finding.size > 1_500_000
    assert "(an estimate): run `manage.py maintain reindex --table parcel`" in finding.advice
    call_command("maintain", "reindex", "--table", "parcel", database="scratch", stdout=StringIO())
    assert findings(scratch, "bloated") == {}


@pytest.mark.parametrize("columns", ["(code)", "(code, name) INCLUDE (id)", "((code * 2), name)", "(id) WHERE id > 0"])
def test_a_fresh_index_is_estimated_to_a_quarter(scratch: Any, columns: str) -> None:
    run(
        scratch,
        "CREATE TABLE parcel (id int, code bigint, name text)",
        "INSERT INTO parcel SELECT n, n * 7, nullif('parcel ' || n, 'parcel 3') FROM generate_series(1, 50000) n",
        "SELECT pg_stat_force_next_flush()",
        f"CREATE INDEX parcel_index ON parcel {columns}",
        "ANALYZE parcel",
    )
    (index,) = monitoring.index_uses(scratch)
    assert index.estimated_size is not None
    assert 0.75 < index.size / index.estimated_size < 1.25


def test_without_statistics_there_is_no_estimate(scratch: Any) -> None:
    run(scratch, "CREATE TABLE parcel (id int PRIMARY KEY)", "INSERT INTO parcel VALUES (1)")
    (index,) = monitoring.index_uses(scratch)
    assert index.estimated_size is None
    assert "unknown" in command("index_report", database="scratch")


# The report


def test_young_counters_are_warned_of() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert "weeks" in index_advice.warning(None, now)
    assert "only 2 days ago" in index_advice.warning(now - timedelta(days=2), now)
    assert "only 5 hours ago" in index_advice.warning(now - timedelta(hours=5), now)
    assert "only minutes ago" in index_advice.warning(now - timedelta(minutes=5), now)
    assert index_advice.warning(now - timedelta(days=40), now) == ""


def test_a_reset_is_shown_with_its_time(shop: Any) -> None:
    run(shop, "SELECT pg_stat_reset()")
    told = command("index_report", database="scratch")
    assert f"scans are counted since {datetime.now(UTC):%Y-%m-%d}" in told
    assert "were reset only minutes ago" in told


def test_the_json_shape(shop: Any) -> None:
    run(shop, "CREATE INDEX customer_city ON customer (city)")
    answer = json.loads(command("index_report", "--json", database="scratch"))
    assert set(answer) == {"since", "warning", "indexes", "findings"}
    fields = {"name", "table", "method", "unique", "valid", "constraint", "columns", "include", "predicate"}
    fields |= {"size", "scans", "estimated_size", "estimated_bloat"}
    assert {frozenset(i) for i in answer["indexes"]} == {frozenset(fields)}
    assert {frozenset(f) for f in answer["findings"]} == {frozenset(["kind", "table", "index", "size", "advice"])}
    assert {"unused", "foreign key"} <= {finding["kind"] for finding in answer["findings"]}


def test_an_empty_database_has_nothing_to_do(scratch: Any) -> None:
    assert command("index_report", database="scratch").endswith("Nothing to do.\n")


@pytest.mark.django_db
def test_the_project_has_no_redundant_index_and_no_bare_foreign_key_of_its_own() -> None:
    own = {"user", "account", "category", "subcategory", "transaction", "budget", "budget_period", "budget_allocation"}
    own |= {"income_source", "recurring_income_source", "recurring_budget_allocation", "import_batch"}
    report = index_advice.index_report(connection)
    assert [f for f in report.findings if f.kind in ("redundant", "foreign key", "invalid") and f.table in own] == []
    assert {index.table for index in report.indexes} >= own
