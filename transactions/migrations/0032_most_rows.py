"""What a person makes by hand has an end, so that every page, list and choice of it has one.

Counted after each statement that adds rows. Additions of one person take turns at a lock, so that two at once cannot
both be the last one; a statement about many people, which no page makes, does without, since it would hold a lock for each.
"""

from django.db import migrations

# How many, of what they are counted, and what they are called.
MOST = {
    "account": (300, "user_id", "accounts"),
    "category": (300, "user_id", "categories"),
    "subcategory": (1000, "user_id", "subcategories"),
    "file_category": (2000, "user_id", "categories of files"),
    "import_profile": (300, "user_id", "ways to read files"),
    "budget_period": (1000, "user_id", "budget periods"),
    "income_source": (200, "budget_id", "incomes in that period"),
    "recurring_income_source": (200, "user_id", "recurring incomes"),
    "recurring_budget_allocation": (1000, "user_id", "recurring allocations"),
}
FUNCTION = """
CREATE FUNCTION most_rows() RETURNS trigger LANGUAGE plpgsql AS $function$
DECLARE
    people integer[];
    is_beyond boolean;
BEGIN
    SELECT array_agg(DISTINCT user_id) INTO people FROM new_rows;
    IF cardinality(people) = 1 THEN
        PERFORM pg_advisory_xact_lock(7216, people[1]);
    END IF;
    EXECUTE format(
        'SELECT EXISTS (SELECT FROM %1$I WHERE user_id = ANY ($1) AND %2$I IN (SELECT %2$I FROM new_rows) '
        'GROUP BY user_id, %2$I HAVING count(*) > $2)', TG_TABLE_NAME, TG_ARGV[1]
    ) INTO is_beyond USING people, TG_ARGV[0]::integer;
    IF is_beyond THEN
        RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded', TABLE = TG_TABLE_NAME,
            MESSAGE = format('You have %s %s, which is the most.', TG_ARGV[0], TG_ARGV[2]);
    END IF;
    RETURN NULL;
END
$function$;
"""
TRIGGER = """
CREATE TRIGGER {table}_most AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION most_rows('{most}', '{column}', '{words}');
"""


def trigger(table: str, limit: tuple[int, str, str]) -> migrations.RunSQL:
    most, column, words = limit
    return migrations.RunSQL(
        TRIGGER.format(table=table, most=most, column=column, words=words), f"DROP TRIGGER {table}_most ON {table};"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0031_import_reading"),
        ("accounts", "0014_import_key_filled"),
        ("budgets", "0011_budget_rolled"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION most_rows();"),
        *(trigger(*each) for each in MOST.items()),
    ]
