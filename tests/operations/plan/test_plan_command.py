"""``manage.py plan``: every row is listed, and breaking anything makes ``--check`` fail and say what."""

import io
import json
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models.querysets import AccountQuerySet
from tests.factories import make_transaction, make_user
from transactions.ledger import list_reads
from transactions.models import Transaction
from transactions.models.querysets import SubcategoryQuerySet
from wealthwise.operations.plan import application
from wealthwise.operations.plan.declared import declared
from wealthwise.operations.plan.facts import Row, gather
from wealthwise.operations.plan.ledger import PLAN
from wealthwise.operations.plan.report import as_text, broken, report

pytestmark = pytest.mark.django_db

# Rows whose subject another part of the project brings; empty this set with the last of them.
NOT_YET: set[str] = set()
BUILT = list(declared())


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def broken_rows() -> dict[str, str]:
    """Names and states of the rows that do not hold, apart from those not in place yet."""
    return {row.name: row.state for row in broken(report(connection)) if row.name not in NOT_YET}


def check() -> str:
    """Run ``plan --check``, which must fail; return its complaint."""
    with pytest.raises(CommandError) as refusal:
        call_command("plan", "--check", stdout=io.StringIO())
    assert refusal.value.returncode == 1
    return str(refusal.value)


def partitioned(settings: Any) -> None:
    if not settings.TRANSACTION_PARTITIONS:
        pytest.skip("the ledger is a plain table")


def test_every_row_holds() -> None:
    assert broken_rows() == {}


def test_check_passes_when_every_row_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in report(connection) if row.holds is not False]
    monkeypatch.setattr("wealthwise.operations.management.commands.plan.report", lambda database: rows)
    out = io.StringIO()
    call_command("plan", "--check", stdout=out)
    assert "rows hold." in out.getvalue()


def test_every_section_of_the_plan_is_printed() -> None:
    out = io.StringIO()
    call_command("plan", stdout=out)
    text = out.getvalue()
    for title in (
        "1.1 Foreign key indexes",
        "1.2 Composite indexes",
        "1.3 Unique indexes",
        "1.4 Partial indexes",
        "2 Keys and uuid",
        "3 Partitioning",
        "4 Data types",
        "5.1 Covering indexes",
        "5.2 Materialized view",
        "5.3 Eager loading",
        "6.1 Connection pool",
        "6.2 Cache",
        "7.1 Maintenance",
        "7.2 Monitoring",
        "8 Phases",
        "9 Expected times",
    ):
        assert f"\n{title}\n" in f"\n{text}"
    for line in PLAN:
        assert f" {line.name} " in text


def test_json_has_every_row() -> None:
    out = io.StringIO()
    call_command("plan", "--json", stdout=out)
    answer = json.loads(out.getvalue())
    rows = {row["name"]: row for row in answer["rows"]}
    assert set(answer) == {"holds", "broken", "rows"}
    assert answer["broken"] == sum(row["holds"] is False for row in answer["rows"])
    assert answer["holds"] is (answer["broken"] == 0)
    assert rows["idx_account_user_active"] == {
        "section": "1.2 Composite indexes",
        "name": "idx_account_user_active",
        "holds": True,
        "state": "built (user_id, is_active) WHERE is_active. "
        "The account picker, the accounts page and net worth: open accounts of one person.",
        "size": rows["idx_account_user_active"]["size"],
        "scans": rows["idx_account_user_active"]["scans"],
    }
    assert rows["idx_account_user_active"]["size"] > 0
    assert {row["holds"] for row in answer["rows"] if row["section"] == "9 Expected times"} == {None}


def test_row_names_are_unique() -> None:
    names = [row.name for row in report(connection)]
    assert len(names) == len(set(names))


def test_few_statements_and_little_time(django_assert_max_num_queries: Any) -> None:
    start = time.perf_counter()
    with django_assert_max_num_queries(13):
        report(connection)
    assert time.perf_counter() - start < 2


def test_sizes_and_scans_include_the_partitions(settings: Any) -> None:
    partitioned(settings)
    facts = gather(connection)
    children = facts.children["idx_transaction_covering"]
    assert len(children) == settings.TRANSACTION_PARTITIONS
    assert facts.size("idx_transaction_covering") == sum(child.size for child in children) > 0


@pytest.mark.parametrize("name", BUILT)
def test_a_dropped_index_is_named(name: str) -> None:
    index = gather(connection).indexes[name]
    if index.constraint:
        execute(f'ALTER TABLE "{index.table}" DROP CONSTRAINT "{name}" CASCADE')
    else:
        execute(f'DROP INDEX "{name}"')
    assert f"{name} is missing on {index.table}" in check()
    found = broken_rows()
    assert name in found
    served = {line.name for line in PLAN if line.served_by == name}
    assert served <= set(found)


LIST = "transaction_date DESC, id DESC"
PAYLOAD = "INCLUDE (amount, description, subcategory_id, account_id, transfer_id)"
CHANGED = {
    "direction": f"CREATE INDEX idx_transaction_covering ON transaction (user_id, transaction_date, id) {PAYLOAD}",
    "payload": f"CREATE INDEX idx_transaction_covering ON transaction (user_id, {LIST}) INCLUDE (amount)",
    "predicate": f"CREATE INDEX idx_transaction_covering ON transaction (user_id, {LIST}) {PAYLOAD} WHERE amount < 0",
    "order": f"CREATE INDEX idx_transaction_covering ON transaction ({LIST}, user_id) {PAYLOAD}",
    "unique": f"CREATE UNIQUE INDEX idx_transaction_covering ON transaction (user_id, {LIST}) {PAYLOAD}",
    "only the parent": f"CREATE INDEX idx_transaction_covering ON ONLY transaction (user_id, {LIST}) {PAYLOAD}",
}


@pytest.mark.parametrize("how", CHANGED)
def test_an_index_that_is_not_what_it_should_be(how: str, settings: Any) -> None:
    if how == "only the parent":
        partitioned(settings)
    execute("DROP INDEX idx_transaction_covering", CHANGED[how])
    assert "idx_transaction_covering" in broken_rows()


def test_an_invalid_index_of_one_partition(settings: Any) -> None:
    partitioned(settings)
    child = gather(connection).children["idx_transaction_user_account_date"][3].name
    execute(f"UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{child}'::regclass")
    assert f"{child} is invalid" in check()


def test_an_index_with_other_operators() -> None:
    execute("DROP INDEX idx_account_user_active")
    execute("CREATE INDEX idx_account_user_active ON account (name varchar_pattern_ops, is_active) WHERE is_active")
    assert "operator class" in broken_rows()["idx_account_user_active"]


BREAKS = [
    (
        "ALTER TABLE budget_period DROP CONSTRAINT budget_period_no_overlap",
        "rules of budget_period",
        "no_overlap",
    ),
    ("ALTER TABLE account DROP CONSTRAINT account_type_known", "rules of account", "account_type_known"),
    (
        "ALTER TABLE transaction DROP CONSTRAINT transaction_account_owner_fk",
        "rules of transaction",
        "transaction_account_owner_fk",
    ),
    ('ALTER TABLE "user" DROP CONSTRAINT user_uuid_key', "user.uuid", "not unique"),
    ('ALTER TABLE "user" ALTER uuid DROP NOT NULL', "user.uuid", "nullable"),
    (
        "ALTER TABLE import_batch DROP CONSTRAINT import_batch_new_count_check",
        "rules of import_batch",
        "new_count",
    ),
    ("ALTER TABLE budget DROP CONSTRAINT budget_pkey CASCADE", "key of budget", "missing"),
    ("DROP MATERIALIZED VIEW user_spending_summary", "user_spending_summary", "missing"),
    ("REFRESH MATERIALIZED VIEW user_spending_summary WITH NO DATA", "view is filled", "refresh_views"),
    ("DROP INDEX user_spending_summary_key", "user_spending_summary_key", "missing"),
    ("DROP TRIGGER transaction_after_update ON transaction", "trigger transaction_after_update", "missing"),
    (
        "ALTER TABLE transaction DISABLE TRIGGER transaction_after_insert",
        "trigger transaction_after_insert",
        "off",
    ),
    ("ALTER TABLE income_source ALTER amount TYPE numeric(14,4)", "income_source.amount", "numeric(14,4)"),
    (
        "ALTER TABLE budget_allocation ALTER allocated_amount TYPE real",
        "no floating point",
        "allocated_amount",
    ),
    (
        "ALTER TABLE category ALTER is_template DROP DEFAULT, ALTER is_template TYPE int USING 0",
        "booleans",
        "category",
    ),
    ('ALTER TABLE "user" ALTER onboarded_at TYPE timestamp', "timestamps", "user.onboarded_at"),
    ("ALTER TABLE account ALTER name DROP NOT NULL", "columns as declared", "account.name"),
    ("ALTER TABLE account DROP bank_name", "columns as declared", "account.bank_name is missing"),
    (
        "DELETE FROM django_migrations WHERE name = '0003_phase2_covering_index'",
        "phase 2",
        "transactions.0003",
    ),
]


@pytest.mark.parametrize(("statement", "name", "says"), BREAKS)
def test_a_broken_rule_type_view_or_trigger_is_named(statement: str, name: str, says: str) -> None:
    execute(statement)
    complaint = check()
    assert f": {name}: " in complaint
    assert says in broken_rows()[name]


def test_a_foreign_key_of_django_is_found_by_its_columns() -> None:
    name = next(c.name for c in gather(connection).constraints["account"] if c.target == "user")
    execute(f'ALTER TABLE account DROP CONSTRAINT "{name}"')
    assert "account.user_id -> user" in broken_rows()["rules of account"]


def test_a_rule_that_was_never_validated() -> None:
    execute(
        "ALTER TABLE account DROP CONSTRAINT account_name_given",
        "ALTER TABLE account ADD CONSTRAINT account_name_given CHECK (name <> '') NOT VALID",
    )
    assert "account_name_given" in broken_rows()["rules of account"]


@pytest.mark.parametrize(
    "how", ["DROP TABLE transaction_p03", "ALTER TABLE transaction DETACH PARTITION transaction_p03"]
)
def test_a_partition_that_is_gone(how: str, settings: Any) -> None:
    partitioned(settings)
    execute(how)
    found = broken_rows()
    assert {"partitions", "bounds"} <= set(found)
    assert "remainder [3]" in found["bounds"]
    assert "bounds" in check()


def test_another_number_of_partitions_than_the_setting(settings: Any) -> None:
    settings.TRANSACTION_PARTITIONS += 1
    assert "partitions" in broken_rows()


def test_a_plain_table_where_the_setting_says_so(settings: Any) -> None:
    partitioned(settings)
    settings.TRANSACTION_PARTITIONS = 0
    assert {"partition key", "partitions"} <= set(broken_rows())


def test_a_list_that_loads_relations_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row runs what a page of the list runs."""
    row = make_transaction(make_user())

    def lazily(chosen: Any, *, limit: int) -> list[Any]:
        return [(one.pk, one.user.email) for one in Transaction.objects.filter(pk=row.pk)[:limit]]

    monkeypatch.setattr(list_reads, "page", lazily)
    assert "2 statements" in broken_rows()["transaction list"]
    monkeypatch.setattr(list_reads, "page", lambda chosen, *, limit: [[*Transaction.objects.filter(pk=row.pk)]])
    assert "transaction list" in broken_rows()


def test_rows_of_a_person_that_may_load_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AccountQuerySet, "for_user", lambda self, user: self.filter(user_id=user.pk))
    assert broken_rows() == {"no lazy loading": "relations load one by one: account"}


def test_choices_that_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SubcategoryQuerySet, "with_category", lambda self: self)
    assert broken_rows() == {"subcategory choices": "not joined: category"}


def test_a_pool_that_is_not_the_plans(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthwise.settings._pool", {"min_size": 3, "max_size": 3, "max_lifetime": 60})
    assert {"connections kept", "more at a peak", "an hour's life"} <= set(broken_rows())


def test_a_pool_that_the_operator_sized(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wealthwise.settings._pool", {"min_size": 3, "max_size": 5, "max_lifetime": 3600})
    monkeypatch.setenv("DB_POOL_SIZE", "3")
    monkeypatch.setenv("DB_POOL_OVERFLOW", "2")
    rows = {row.name: row for row in application.pool_rows()}
    assert rows["connections kept"].state == "3, set by DB_POOL_SIZE (the plan says 10)"
    assert broken(list(rows.values())) == []


def test_a_cache_that_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application.cache, "get", lambda key: None)
    assert "does not answer" in broken_rows()["cache"]


def test_commands_count_once_they_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = gather(connection)
    monkeypatch.setattr(application, "get_commands", lambda: {"maintain": "x", "slow_queries": "x"})
    rows = {row.name: row for row in application.maintenance_rows(facts) + application.monitoring_rows(facts)}
    assert rows["manage.py maintain"].holds
    assert rows["manage.py slow_queries"].holds
    assert rows["manage.py index_report"].state == "not in place"


def test_what_is_cached_is_read_from_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = type("Registry", (), {"CACHED": {"settings": object(), "category tree": object()}})
    monkeypatch.setattr(application.util, "find_spec", lambda name: object())
    monkeypatch.setattr(application, "import_module", lambda name: registry)
    rows = {row.name: row for row in application.cache_rows()}
    assert rows["settings"].holds
    assert rows["active period"].holds is False


def test_a_row_in_words() -> None:
    rows = [
        Row("1 First", "good", True, "there", 2048, 7),
        Row("1 First", "bad", False, "gone"),
        Row("2 Second", "note", None, "see elsewhere"),
    ]
    assert as_text(rows).splitlines() == [
        "1 First",
        "  ok  good  there  2.0 KB, 7 scans",
        "  NO  bad   gone",
        "",
        "2 Second",
        "  --  note  see elsewhere",
        "",
        "1 of 2 rows hold.",
    ]


def test_a_database_that_was_never_migrated() -> None:
    execute("CREATE SCHEMA empty", "SET LOCAL search_path TO empty")
    found = broken(report(connection))
    assert {"idx_transaction_covering", "user_spending_summary", "phase 1", "key of user"} <= {
        row.name for row in found
    }
