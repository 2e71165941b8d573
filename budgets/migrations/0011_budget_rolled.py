"""What a period takes over, by subcategory and as a whole, worked out by the database whenever a budget is read.

The chain is the periods of one type up to the one asked for, from the latest that takes nothing over. What was
booked is one read for the whole chain: from spending_summary by uq_spending_summary where each period is whole months,
from the ledger by idx_transaction_covering where one is not. A step leads from one period to the next: what the first
has left, under the policy of the second, less what was spent between them. Subcategories are walked first, each on its
own; what they do not take along is the rest, which is walked as a whole. Its row has no subcategory.
"""

from importlib import import_module

from django.db import migrations

FORWARD = """
CREATE FUNCTION carry_step(held numeric, own numeric, policy text, between_periods numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $function$
    SELECT CASE policy
        WHEN 'both' THEN held + own - between_periods
        WHEN 'surplus' THEN greatest(held + own, 0) - between_periods
        WHEN 'missing' THEN least(held + own, 0) - between_periods
        ELSE 0
    END
$function$;

CREATE AGGREGATE carry_chain(numeric, text, numeric) (SFUNC = carry_step, STYPE = numeric, INITCOND = '0');

CREATE FUNCTION budget_rolled(owner integer, wanted integer) RETURNS TABLE (rolled_subcategory integer, amount numeric)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 40 AS $function$
DECLARE
    kind text;
    begins date;
    whole boolean;
    starts date[];
    ends date[];
BEGIN
    SELECT p.period_type, p.start_date INTO kind, begins
    FROM budget b JOIN budget_period p ON p.user_id = owner AND p.id = b.period_id
    WHERE b.user_id = owner AND b.period_id = wanted AND (b.carry_over <> 'none' OR b.carry_by = 'subcategory');
    IF begins IS NULL THEN
        RETURN;
    END IF;

    WITH earlier AS (
        SELECT p.start_date, p.end_date, b.carry_over = 'none' AND b.carry_by = 'period' AS cuts
        FROM budget_period p JOIN budget b ON b.user_id = owner AND b.period_id = p.id
        WHERE p.user_id = owner AND p.period_type = kind AND p.end_date < begins
    ), chain AS (
        SELECT * FROM earlier
        WHERE start_date >= coalesce((SELECT max(start_date) FROM earlier WHERE cuts), '-infinity')
    )
    SELECT array_agg(start_date ORDER BY start_date), array_agg(end_date ORDER BY start_date),
           extract(day FROM begins) = 1
           AND bool_and(extract(day FROM start_date) = 1 AND extract(day FROM end_date + 1) = 1)
    INTO starts, ends, whole FROM chain;
    IF starts IS NULL THEN
        RETURN;
    END IF;

    RETURN QUERY
    WITH links AS (
        SELECT row_number() OVER (ORDER BY p.start_date)::integer AS n, b.id AS budget_id, b.brought_forward,
               b.carry_over, b.carry_by, b.carry_basis, coalesce((
                   SELECT sum(i.amount) FROM income_source i WHERE i.user_id = owner AND i.budget_id = b.id
               ), 0) AS planned
        FROM budget_period p JOIN budget b ON b.user_id = owner AND b.period_id = p.id
        WHERE p.user_id = owner AND p.period_type = kind AND p.start_date BETWEEN starts[1] AND begins
    ), steps AS (
        SELECT l.n, l.budget_id, l.brought_forward, l.planned, t.budget_id AS into_budget, t.carry_over AS policy,
               t.carry_by = 'subcategory' AS by_subcategory, t.carry_basis = 'received' AS by_received
        FROM links l JOIN links t ON t.n = l.n + 1
    ), booked AS (
        SELECT s.month AS day, s.subcategory_id, s.spent AS paid, s.received AS came
        FROM spending_summary s
        WHERE whole AND s.user_id = owner AND s.month >= starts[1] AND s.month < begins
        UNION ALL
        SELECT t.booked_on, t.subcategory_id, greatest(-t.amount, 0), greatest(t.amount, 0)
        FROM transaction t
        WHERE NOT whole AND t.user_id = owner AND t.transfer_id IS NULL
          AND t.booked_on >= starts[1] AND t.booked_on < begins
          AND t.transaction_date >= starts[1] - 1 AND t.transaction_date < begins + 1
    ), sums AS (
        SELECT width_bucket(b.day, starts) AS n, b.day > ends[width_bucket(b.day, starts)] AS is_between,
               b.subcategory_id, sum(b.paid) AS paid, sum(b.came) AS came
        FROM booked b GROUP BY 1, 2, 3
    ), filed AS (
        SELECT s.n, s.is_between, s.subcategory_id,
               CASE WHEN s.subcategory_id IS NULL THEN s.paid WHEN c.kind = 'expense' THEN s.paid - s.came ELSE 0 END
                   AS spent,
               CASE WHEN s.subcategory_id IS NULL THEN s.came WHEN c.kind = 'income' THEN s.came - s.paid ELSE 0 END
                   AS received
        FROM sums s
        LEFT JOIN subcategory sc ON sc.user_id = owner AND sc.id = s.subcategory_id
        LEFT JOIN category c ON c.user_id = owner AND c.id = sc.category_id
    ), cells AS (
        SELECT s.n, sc.id, coalesce(a.allocated_amount, 0) - coalesce(f.spent, 0) AS own, p.policy,
               CASE WHEN p.policy = 'none' THEN 0 ELSE coalesce(g.spent, 0) END AS between_periods
        FROM steps s
        JOIN subcategory sc ON sc.user_id = owner AND EXISTS (SELECT 1 FROM steps WHERE by_subcategory)
        JOIN category c ON c.user_id = owner AND c.id = sc.category_id AND c.kind = 'expense'
        LEFT JOIN budget_allocation a ON a.budget_id = s.budget_id AND a.subcategory_id = sc.id
        LEFT JOIN budget_allocation t ON t.budget_id = s.into_budget AND t.subcategory_id = sc.id
        LEFT JOIN filed f ON f.n = s.n AND f.subcategory_id = sc.id AND NOT f.is_between
        LEFT JOIN filed g ON g.n = s.n AND g.subcategory_id = sc.id AND g.is_between
        CROSS JOIN LATERAL (
            SELECT CASE WHEN s.by_subcategory THEN coalesce(nullif(t.carry_over, ''), s.policy) ELSE 'none' END
        ) AS p (policy)
    ), rolled AS (
        SELECT c.n, c.id, c.between_periods,
               carry_chain(c.own, c.policy, c.between_periods) OVER (PARTITION BY c.id ORDER BY c.n) AS held
        FROM cells c
    ), along AS (
        SELECT s.n, coalesce(r.held, 0) AS held, coalesce(r.between_periods, 0) AS between_periods,
               coalesce(lag(r.held) OVER (ORDER BY s.n), 0) AS had
        FROM steps s
        LEFT JOIN (
            SELECT e.n, sum(e.held) AS held, sum(e.between_periods) AS between_periods FROM rolled e GROUP BY e.n
        ) r ON r.n = s.n
    ), flows AS (
        SELECT f.n, f.is_between, sum(f.spent) AS spent, sum(f.received) AS received FROM filed f GROUP BY 1, 2
    ), rest AS (
        SELECT s.n, carry_chain(
            s.brought_forward + CASE WHEN s.by_received THEN coalesce(f.received, 0) ELSE s.planned END
                - coalesce(f.spent, 0) + a.had - a.held - a.between_periods,
            s.policy,
            coalesce(g.spent, 0) - CASE WHEN s.by_received THEN coalesce(g.received, 0) ELSE 0 END - a.between_periods
        ) OVER (ORDER BY s.n) AS held
        FROM steps s
        JOIN along a ON a.n = s.n
        LEFT JOIN flows f ON f.n = s.n AND NOT f.is_between
        LEFT JOIN flows g ON g.n = s.n AND g.is_between
    )
    SELECT r.id, r.held FROM rolled r WHERE r.n = cardinality(starts) AND r.held <> 0
    UNION ALL
    SELECT NULL, r.held FROM rest r WHERE r.n = cardinality(starts);
END
$function$;

CREATE OR REPLACE FUNCTION budget_carried(owner integer, wanted integer) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE AS $function$
    SELECT coalesce(sum(amount), 0) FROM budget_rolled(owner, wanted)
$function$;
"""
BACKWARD = """
DROP FUNCTION budget_carried(integer, integer);
DROP FUNCTION budget_rolled(integer, integer);
DROP AGGREGATE carry_chain(numeric, text, numeric);
DROP FUNCTION carry_step(numeric, numeric, text, numeric);
"""


class Migration(migrations.Migration):
    dependencies = [("budgets", "0010_carry_over_policies_checked"), ("transactions", "0014_booked_on_required")]

    operations = [
        migrations.RunSQL(FORWARD, BACKWARD + import_module("budgets.migrations.0005_budget_carried").FORWARD),
    ]
