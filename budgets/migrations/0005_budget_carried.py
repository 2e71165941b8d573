"""What a period takes over from the one before it, worked out by the database whenever a budget is read.

The function walks back through the periods of one type while their budgets take something over, and then
forward again with the balance. What was spent in whole months comes from spending_summary, in any other
stretch from the ledger by idx_transaction_covering. A day is the owner's day: the scan is a day wider on
each side, so that its bounds need no zone and an index can serve them.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION budget_carried(owner integer, wanted integer) RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $function$
DECLARE
    link record;
    zone text;
    income numeric;
    spent numeric;
    balance numeric := 0;
    carried numeric := 0;
BEGIN
    PERFORM 1 FROM budget b WHERE b.user_id = owner AND b.period_id = wanted AND b.carry_over <> 'none';
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    SELECT u.time_zone INTO zone FROM "user" u WHERE u.id = owner;
    FOR link IN
        WITH RECURSIVE chain AS (
            SELECT p.id, p.period_type, p.start_date, p.end_date, b.id AS budget_id, b.carry_over, b.brought_forward
            FROM budget_period p JOIN budget b ON b.user_id = owner AND b.period_id = p.id
            WHERE p.user_id = owner AND p.id = wanted
            UNION ALL
            SELECT e.id, e.period_type, e.start_date, e.end_date, b.id, b.carry_over, b.brought_forward
            FROM chain c
            CROSS JOIN LATERAL (
                SELECT p.id, p.period_type, p.start_date, p.end_date FROM budget_period p
                WHERE p.user_id = owner AND p.period_type = c.period_type AND p.end_date < c.start_date
                ORDER BY p.start_date DESC LIMIT 1
            ) e
            JOIN budget b ON b.user_id = owner AND b.period_id = e.id
            WHERE c.carry_over <> 'none'
        )
        SELECT * FROM chain ORDER BY start_date
    LOOP
        carried := CASE link.carry_over WHEN 'both' THEN balance WHEN 'surplus' THEN greatest(balance, 0) ELSE 0 END;
        EXIT WHEN link.id = wanted;
        SELECT coalesce(sum(i.amount), 0) INTO income
        FROM income_source i WHERE i.user_id = owner AND i.budget_id = link.budget_id;
        IF extract(day FROM link.start_date) = 1 AND extract(day FROM link.end_date + 1) = 1 THEN
            SELECT sum(CASE WHEN s.subcategory_id IS NULL THEN s.spent
                            WHEN c.kind = 'expense' THEN s.spent - s.received END) INTO spent
            FROM spending_summary s
            LEFT JOIN subcategory sc ON sc.user_id = owner AND sc.id = s.subcategory_id
            LEFT JOIN category c ON c.user_id = owner AND c.id = sc.category_id
            WHERE s.user_id = owner AND s.month BETWEEN link.start_date AND link.end_date;
        ELSE
            SELECT sum(CASE WHEN t.subcategory_id IS NULL THEN greatest(-t.amount, 0)
                            WHEN c.kind = 'expense' THEN -t.amount END) INTO spent
            FROM transaction t
            LEFT JOIN subcategory sc ON sc.user_id = owner AND sc.id = t.subcategory_id
            LEFT JOIN category c ON c.user_id = owner AND c.id = sc.category_id
            WHERE t.user_id = owner AND t.transfer_id IS NULL
              AND t.transaction_date >= link.start_date - 1 AND t.transaction_date < link.end_date + 2
              AND (t.transaction_date AT TIME ZONE zone)::date BETWEEN link.start_date AND link.end_date;
        END IF;
        balance := link.brought_forward + carried + income - coalesce(spent, 0);
    END LOOP;
    RETURN carried;
END
$function$;
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0004_carry_over_checked"), ("transactions", "0004_phase3_summary_triggers")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION budget_carried(integer, integer);")]
