"""What a period takes over from the one before it, worked out by the database whenever a budget is read.

The chain is the periods of one type up to the one asked for, from the latest that takes nothing over. It is
walked forward with the balance. What was spent is one read for the whole chain: from spending_summary by
uq_spending_summary where each period is whole months, from the ledger by idx_transaction_covering where one
is not. A day is the owner's day: the read of the ledger is a day wider on each side, so that its bounds need
no zone and the index can serve them.
"""

from django.db import migrations

FORWARD = """
CREATE FUNCTION budget_carried(owner integer, wanted integer) RETURNS numeric
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $function$
DECLARE
    policy text;
    kind text;
    begins date;
    zone text;
    whole boolean;
    starts date[];
    ends date[];
    policies text[];
    own numeric[];
    spent numeric[];
    balance numeric := 0;
BEGIN
    SELECT b.carry_over INTO policy FROM budget b WHERE b.user_id = owner AND b.period_id = wanted;
    IF policy IS NULL OR policy = 'none' THEN
        RETURN 0;
    END IF;
    SELECT p.period_type, p.start_date, u.time_zone INTO kind, begins, zone
    FROM budget_period p JOIN "user" u ON u.id = p.user_id WHERE p.user_id = owner AND p.id = wanted;

    WITH earlier AS (
        SELECT p.start_date, p.end_date, b.id AS budget_id, b.carry_over, b.brought_forward
        FROM budget_period p JOIN budget b ON b.user_id = owner AND b.period_id = p.id
        WHERE p.user_id = owner AND p.period_type = kind AND p.end_date < begins
    ), chain AS (
        SELECT e.*, coalesce((
            SELECT sum(i.amount) FROM income_source i WHERE i.user_id = owner AND i.budget_id = e.budget_id
        ), 0) AS income
        FROM earlier e
        WHERE e.start_date >= coalesce((SELECT max(start_date) FROM earlier WHERE carry_over = 'none'), '-infinity')
    )
    SELECT array_agg(start_date ORDER BY start_date), array_agg(end_date ORDER BY start_date),
           array_agg(carry_over ORDER BY start_date), array_agg(brought_forward + income ORDER BY start_date),
           bool_and(extract(day FROM start_date) = 1 AND extract(day FROM end_date + 1) = 1)
    INTO starts, ends, policies, own, whole FROM chain;
    IF starts IS NULL THEN
        RETURN 0;
    END IF;

    WITH booked AS (
        SELECT s.month AS day, s.subcategory_id, s.received - s.spent AS net, s.spent AS paid
        FROM spending_summary s
        WHERE whole AND s.user_id = owner AND s.month BETWEEN starts[1] AND begins
        UNION ALL
        SELECT (t.transaction_date AT TIME ZONE zone)::date, t.subcategory_id, t.amount, greatest(-t.amount, 0)
        FROM transaction t
        WHERE NOT whole AND t.user_id = owner AND t.transfer_id IS NULL
          AND t.transaction_date >= starts[1] - 1 AND t.transaction_date < begins + 1
    ), filed AS (
        SELECT width_bucket(day, starts) AS link, subcategory_id, sum(net) AS net, sum(paid) AS paid
        FROM booked
        WHERE day >= starts[1] AND day <= ends[width_bucket(day, starts)]
        GROUP BY 1, 2
    ), sums AS (
        SELECT f.link, sum(CASE WHEN f.subcategory_id IS NULL THEN f.paid WHEN c.kind = 'expense' THEN -f.net END) AS total
        FROM filed f
        LEFT JOIN subcategory sc ON sc.user_id = owner AND sc.id = f.subcategory_id
        LEFT JOIN category c ON c.user_id = owner AND c.id = sc.category_id
        GROUP BY 1
    )
    SELECT array_agg(coalesce(s.total, 0) ORDER BY n) INTO spent
    FROM generate_subscripts(starts, 1) n LEFT JOIN sums s ON s.link = n;

    FOR n IN 1 .. cardinality(starts) LOOP
        balance := own[n] - spent[n]
            + CASE policies[n] WHEN 'both' THEN balance WHEN 'surplus' THEN greatest(balance, 0) ELSE 0 END;
    END LOOP;
    RETURN CASE policy WHEN 'both' THEN balance ELSE greatest(balance, 0) END;
END
$function$;
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0004_carry_over_checked"), ("transactions", "0004_phase3_summary_triggers")]

    operations = [migrations.RunSQL(FORWARD, "DROP FUNCTION budget_carried(integer, integer);")]
