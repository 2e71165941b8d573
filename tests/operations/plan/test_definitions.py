"""What the migrations make is kept in a file; each kind of definition that is broken is named and mended."""

import io
import os
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from wealthwise.operations.plan.definitions import (
    FILE,
    definition_rows,
    differences,
    made_by_migrations,
    mends,
    written,
)
from wealthwise.operations.plan.mends import made_again
from wealthwise.postgres.definitions import Definition, definitions

pytestmark = pytest.mark.django_db


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_the_file_is_what_the_migrations_make() -> None:
    """On every version of PostgreSQL, and with any number of partitions. UPDATE_DEFINITIONS=1 writes it."""
    found = written(definitions(connection))
    if os.environ.get("UPDATE_DEFINITIONS"):
        FILE.write_text(found)
        made_by_migrations.cache_clear()
    assert found == FILE.read_text()
    assert differences(connection) == []


def told() -> list[str]:
    return [each.sentence for each in differences(connection)]


# Statement that breaks, what the check says of it.
BROKEN = {
    "view redefined": (
        "CREATE OR REPLACE VIEW",  # in the test: the materialized view is made anew with another text
        "materialized view user_spending_summary has another text",
    ),
    "function emptied": (
        "CREATE OR REPLACE FUNCTION transaction_after_insert() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN RETURN NULL; END'",
        "function transaction_after_insert() has another text",
    ),
    "aggregate": (
        "DROP AGGREGATE carry_chain(numeric, text, numeric); CREATE AGGREGATE carry_chain(numeric, text, numeric) "
        "(SFUNC = carry_step, STYPE = numeric, INITCOND = '1')",
        "aggregate carry_chain(numeric, text, numeric) is SFUNC = carry_step, STYPE = numeric, INITCOND = '1' instead",
    ),
    "trigger for another event": (
        "CREATE OR REPLACE TRIGGER transaction_after_insert AFTER INSERT ON transaction "
        "FOR EACH STATEMENT EXECUTE FUNCTION transaction_after_insert()",
        "trigger transaction_after_insert on transaction is CREATE TRIGGER",
    ),
    "trigger switched off": (
        "ALTER TABLE account DISABLE TRIGGER account_before_write",
        "trigger account_before_write on account is switched off",
    ),
    "trigger gone": ("DROP TRIGGER tag_after_delete ON tag", "trigger tag_after_delete on tag is missing"),
    "trigger added": (
        "CREATE TRIGGER mischief BEFORE INSERT ON account FOR EACH ROW EXECUTE FUNCTION account_before_write()",
        "trigger mischief on account is of no migration",
    ),
    "check that is always true": (
        "ALTER TABLE account DROP CONSTRAINT account_name_given, ADD CONSTRAINT account_name_given CHECK (true)",
        "constraint account_name_given on account is CHECK (true) instead of CHECK",
    ),
    "check added": (
        "ALTER TABLE tag ADD CONSTRAINT nobody CHECK (user_id > 0)",
        "constraint nobody on tag is of no migration",
    ),
    "check not validated": (
        "ALTER TABLE account DROP CONSTRAINT account_name_given, "
        "ADD CONSTRAINT account_name_given CHECK ((name)::text <> ''::text) NOT VALID",
        "constraint account_name_given on account is CHECK (((name)::text <> ''::text)) NOT VALID instead",
    ),
    "action of a foreign key": (
        "ALTER TABLE tag DROP CONSTRAINT {tag_user}, ADD CONSTRAINT {tag_user} FOREIGN KEY (user_id) "
        'REFERENCES "user"(id) DEFERRABLE INITIALLY DEFERRED',
        'instead of FOREIGN KEY (user_id) REFERENCES "user"(id) ON DELETE CASCADE',
    ),
    "index of other columns": (
        "DROP INDEX idx_account_user_active; CREATE INDEX idx_account_user_active ON account (is_active, user_id)",
        "index idx_account_user_active on account is USING btree (is_active, user_id) instead of",
    ),
    "unique index added": (
        "CREATE UNIQUE INDEX one_name ON account (name)",
        "index one_name on account is of no migration",
    ),
    "identity": ("ALTER TABLE transaction ALTER id DROP IDENTITY", "identity of transaction.id is missing"),
    "sequence": (
        "ALTER TABLE account ALTER id SET INCREMENT BY 2",
        "sequence of account.id is INCREMENT BY 2 MINVALUE 1",
    ),
    "default": (
        "ALTER TABLE partition_conversion ALTER copied_to DROP DEFAULT",
        "default of partition_conversion.copied_to is missing",
    ),
    "default added": (
        "ALTER TABLE account ALTER name SET DEFAULT 'x'",
        "default of account.name is of no migration",
    ),
    "not null": ("ALTER TABLE account ALTER bank_name DROP NOT NULL", "not null of account.bank_name is missing"),
    "type": (
        "ALTER TABLE account ALTER number_last4 TYPE text",
        "column account.number_last4 is text instead of character varying(4)",
    ),
    "autovacuum": (
        "ALTER TABLE {ledger} SET (autovacuum_enabled = false)",
        "setting autovacuum_enabled on {ledger} is of no migration: false",
    ),
    "storage": (
        "ALTER TABLE {ledger} SET (autovacuum_vacuum_insert_scale_factor = 0.2)",
        "setting autovacuum_vacuum_insert_scale_factor on {ledger} is 0.2 instead of 0.02",
    ),
    "row security": ("ALTER TABLE account ENABLE ROW LEVEL SECURITY", "table account is permanent, row security"),
    "replica identity": (
        "ALTER TABLE account REPLICA IDENTITY FULL",
        "table account is permanent, replica identity f",
    ),
    "policy": (
        "CREATE POLICY mine ON account USING (user_id = 1)",
        "policy mine on account is of no migration",
    ),
    "rule": (
        "CREATE RULE nothing AS ON DELETE TO tag DO INSTEAD NOTHING",
        "rule nothing on tag is of no migration",
    ),
    "extension": ("DROP EXTENSION pg_trgm CASCADE", "extension pg_trgm is missing"),
}


def names(settings: Any) -> dict[str, str]:
    key = next(
        one.name
        for one in made_by_migrations()
        if (one.kind, one.table) == ("constraint", "tag") and one.text.startswith("FOREIGN KEY (user_id)")
    )
    return {"tag_user": key, "ledger": "transaction_p03" if settings.TRANSACTION_PARTITIONS else "transaction"}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named_and_mended(case: str, settings: Any) -> None:
    statement, sentence = BROKEN[case]
    if case == "view redefined":
        view = next(one for one in made_by_migrations() if one.kind == "materialized view")
        statement = "DROP MATERIALIZED VIEW user_spending_summary; CREATE MATERIALIZED VIEW user_spending_summary AS "
        statement += view.text.replace("<> ", "> ", 1)
        assert view.text not in statement
    execute(statement.format(**names(settings)) if "{" in statement else statement)
    assert sentence.format(**names(settings)) in "\n".join(told())
    broken = [row.state for row in definition_rows(connection) if not row.holds]
    assert all(state.endswith("What mends it: manage.py plan --mend") for state in broken)
    assert broken
    out = io.StringIO()
    call_command("plan", "--mend", stdout=out)
    execute("SET CONSTRAINTS ALL IMMEDIATE", out.getvalue())
    assert told() == []


def test_a_key_whose_triggers_are_off() -> None:
    """As ALTER TABLE ... DISABLE TRIGGER ALL leaves it: the constraint is there and holds nothing."""
    execute("ALTER TABLE tag DISABLE TRIGGER ALL")
    assert any(sentence.startswith("constraint tag_") and sentence.endswith("is switched off") for sentence in told())
    execute(mends(connection))
    assert told() == []


KNOWN = "ALTER TABLE account DROP CONSTRAINT account_type_known, ADD CONSTRAINT account_type_known CHECK ({})"
# As a dump has it, and each change of it that is none of spelling.
LOADED = "((account_type)::text = ANY (ARRAY[{}]))"
TYPES = ("checking", "savings", "credit", "investment", "cash", "other")


def loaded(*types: str) -> str:
    return KNOWN.format(LOADED.format(", ".join(f"('{each}'::character varying)::text" for each in types)))


def test_a_rule_that_came_out_of_a_dump_is_the_same_unless_it_says_something_else() -> None:
    def text() -> str:
        return next(one.text for one in definitions(connection) if one.name == "account_type_known")

    before = text()
    execute(loaded(*TYPES))
    assert text() != before
    assert told() == []
    for other in (
        loaded(*TYPES[:-1]),
        loaded(*TYPES, "::text"),
        loaded(*TYPES).replace("= ANY", "<> ALL"),
        loaded(*TYPES).replace("(account_type)", "lower(account_type)"),
        KNOWN.format("true"),
    ):
        execute(other)
        (sentence,) = told()
        assert sentence.startswith("constraint account_type_known on account is CHECK (")


def test_pieces_of_partitions_are_held_too(settings: Any) -> None:
    if not settings.TRANSACTION_PARTITIONS:
        pytest.skip("the ledger is a plain table")
    execute("ALTER TABLE transaction_p05 DISABLE TRIGGER ALL", "ALTER TABLE transaction_p06 REPLICA IDENTITY FULL")
    found = told()
    assert "table transaction_p06 is permanent, replica identity f instead of permanent" in found
    assert len(found) > 1
    assert all(sentence.endswith("on transaction_p05 is switched off") for sentence in found[:-1])
    execute(mends(connection))
    assert told() == []


def test_what_an_operator_adds_without_harm_is_theirs() -> None:
    execute(
        "CREATE TABLE own (id int)",
        "CREATE INDEX own_index ON account (bank_name)",
        "ALTER TABLE account SET (autovacuum_vacuum_scale_factor = 0.01)",
        "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    )
    assert told() == []


def test_what_cannot_come_back_by_a_statement_says_so() -> None:
    table = Definition("table", "account", "", "permanent")
    assert "from a backup" in made_again(table, None, indexes=[])
    column = Definition("column", "account", "name", "text")
    assert "from a backup" in made_again(column, None, indexes=[])


def test_nothing_to_mend() -> None:
    out = io.StringIO()
    call_command("plan", "--mend", stdout=out)
    assert out.getvalue() == "-- Every definition is as the migrations make it.\n"
