"""Committed rows for plans that a planner chooses freely: 400 users with 150 transactions each.

Many users and few rows each, so that one user is a small share of a partition, as in production.
Everything is INSERT ... SELECT from generate_series; ids are what the sequences give.
"""

from typing import Any

PEOPLE = 400

STATEMENTS = (
    f"""INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name,
            country, currency, time_zone, theme, onboarding_step, terms_version, is_active, is_staff)
        SELECT CASE WHEN n % 50 = 0 THEN 'flask$scrypt:1024:8:1$s$d' ELSE '' END, false, gen_random_uuid(),
               'seed' || n, 'seed' || n || '@example.com', '', '', '',
               '', 'USD', 'UTC', 'system', 5, '', true, false FROM generate_series(1, {PEOPLE}) n""",
    """INSERT INTO email_verification (user_id, email, token_hash, expires_at, verified_at)
        SELECT id, email, md5(id || '-v-' || k), now() + interval '1 day', CASE WHEN k > 1 THEN now() END
        FROM "user", generate_series(1, 5) k""",
    """INSERT INTO password_reset_token (user_id, token_hash, expires_at, used_at)
        SELECT id, md5(id || '-r-' || k), now() + interval '1 hour', CASE WHEN k > 1 THEN now() END
        FROM "user", generate_series(1, 5) k""",
    """INSERT INTO web_session (user_id, session_key, session_data, expire_date)
        SELECT id, md5(id || '-s-' || k), '', now() + k * interval '1 day' FROM "user", generate_series(1, 5) k""",
    """INSERT INTO known_device (user_id, token_hash)
        SELECT id, md5(id || '-d-' || k) FROM "user", generate_series(1, 5) k""",
    """INSERT INTO api_token (user_id, name, scope, token_hash, expires_at)
        SELECT id, 'Token ' || k, 'read', md5(id || '-a-' || k), now() + interval '30 days'
        FROM "user", generate_series(1, 5) k""",
    """INSERT INTO rate_limit (key, tries, expires_at)
        SELECT md5('l' || n), ARRAY[n], now() + n * interval '1 minute' FROM generate_series(1, 4000) n""",
    """INSERT INTO account (user_id, name, account_type, bank_name, number_last4, anchored_on, anchor_balance,
            is_active, closed_on)
        SELECT id, 'Account ' || k, 'checking', '', '', date '2023-12-31', 0, k <= 2,
               CASE WHEN k > 2 THEN current_date END FROM "user", generate_series(1, 8) k""",
    """INSERT INTO category (user_id, name, kind, is_template)
        SELECT id, 'Category ' || k, 'expense', k = 1 FROM "user", generate_series(1, 8) k""",
    """INSERT INTO subcategory (user_id, category_id, name)
        SELECT user_id, id, 'Sub ' || k FROM category, generate_series(1, 3) k""",
    """INSERT INTO import_batch (user_id, account_id, file_name, kind, state, layout, new_count, duplicate_count,
            error_count, errors, balances)
        SELECT user_id, id, 'file', 'csv', 'committed', '{}', 1, 0, 0, '[]', '[]'
        FROM account, generate_series(1, 2) k""",
    """INSERT INTO balance_check (user_id, account_id, day, stated, ledger, outcome, import_batch_id)
        SELECT user_id, account_id, date '2024-01-01' + k, 1, 1, 'equal', CASE WHEN k = 1 THEN id END
        FROM import_batch, generate_series(1, 4) k ON CONFLICT DO NOTHING""",
    """INSERT INTO recurring_income_source (user_id, name, amount, period_type, is_active)
        SELECT id, 'Pay ' || k, 1000, 'monthly', k = 1 FROM "user", generate_series(1, 8) k""",
    """INSERT INTO recurring_budget_allocation (user_id, subcategory_id, allocated_amount, period_type, is_active)
        SELECT user_id, id, 50, (ARRAY['monthly', 'quarterly', 'yearly', 'custom'])[k], k = 1
        FROM subcategory, generate_series(1, 4) k""",
    """INSERT INTO schedule (user_id, account_id, subcategory_id, description, amount, is_exact, cycle, months, anchor,
            starts_on, state)
        SELECT a.user_id, a.id, CASE WHEN k = 1 THEN s.id END,
               'Shop ' || k, -k, true, 'day', 1, date '2024-01-01', date '2024-01-01', 'active'
        FROM account a JOIN (SELECT user_id, min(id) AS id FROM subcategory GROUP BY 1) s ON s.user_id = a.user_id,
             generate_series(1, 3) k""",
    """INSERT INTO schedule_answer (user_id, schedule_id, due_on, is_paid)
        SELECT user_id, id, date '2024-01-01' + make_interval(months => k), true
        FROM schedule, generate_series(1, 3) k""",
    """INSERT INTO budget_period (user_id, name, period_type, start_date, end_date, is_active)
        SELECT id, 'Month ' || k, 'monthly', date '2024-01-01' + make_interval(months => k),
               (date '2024-01-01' + make_interval(months => k + 1))::date - 1, k = 23
        FROM "user", generate_series(0, 23) k""",
    "INSERT INTO budget (user_id, period_id, brought_forward) SELECT user_id, id, 0 FROM budget_period",
    """INSERT INTO budget_allocation (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation,
            recurring_id)
        SELECT b.user_id, b.id, r.subcategory_id, 50, r.n = 1, CASE WHEN r.n = 1 THEN r.id END
        FROM budget b JOIN (
            SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY id) n
            FROM recurring_budget_allocation WHERE is_active
        ) r ON r.user_id = b.user_id AND r.n <= 4""",
    """INSERT INTO income_source (user_id, budget_id, name, amount, recurring_id)
        SELECT b.user_id, b.id, 'Pay', 1000, CASE WHEN b.id % 8 = 0 THEN r.id END
        FROM budget b JOIN recurring_income_source r ON r.user_id = b.user_id AND r.is_active""",
    """INSERT INTO saved_filter (user_id, name, query)
        SELECT id, 'Filter ' || k, 'q=shop' || k FROM "user", generate_series(1, 5) k""",
    """INSERT INTO file_category (user_id, name, subcategory_id)
        SELECT user_id, 'Name ' || id, id FROM subcategory""",
    """INSERT INTO tag (user_id, name) SELECT id, 'Tag ' || k FROM "user", generate_series(1, 5) k""",
    """INSERT INTO rule (user_id, position, how, text, direction, subcategory_id, account_id)
        SELECT s.user_id, row_number() OVER (PARTITION BY s.user_id ORDER BY s.id), 'contains', 'shop', '', s.id, a.id
        FROM subcategory s LEFT JOIN account a ON a.user_id = s.user_id AND a.name = 'Account ' || s.id % 12""",
    """INSERT INTO view_refresh (view_name, error) SELECT 'view_' || n % 50, '' FROM generate_series(1, 4000) n""",
    """INSERT INTO console_log (at, actor, actor_uuid, action, target, person_uuid, reason, before, after, request_id)
        SELECT timestamptz '2026-01-01' + n * interval '1 hour', 'staff', gen_random_uuid(), 'unmask', '',
               CASE WHEN n % 2 = 0 THEN u.uuid END, 'asked for it', '{}', '{}', ''
        FROM (SELECT uuid, row_number() OVER () AS k FROM "user") u, generate_series(1, 20) n""",
    """INSERT INTO console_job (kind, target, actor, actor_uuid, outcome, note, done_steps, total_steps, finished_at)
        SELECT 'analyze', 'table' || n, 'staff', gen_random_uuid(), CASE WHEN n > 20 THEN 'done' ELSE '' END, '', 1, 1,
               CASE WHEN n > 20 THEN now() END
        FROM generate_series(1, 4000) n""",
    """INSERT INTO bulk_action (user_id, kind, target_id, sentence, row_count, rows)
        SELECT id, 'move', 1, '2 transactions moved to Account 1.', 2, '[[1, 2], [3, 4]]'
        FROM "user" u""",
    """INSERT INTO transfer_refusal (user_id, out_id, into_id)
        SELECT id, 1000 * id + k, 1000 * id + k + 500 FROM "user", generate_series(1, 5) k""",
    """INSERT INTO deleted_import (user_id, import_batch_id, fingerprint, occurrence)
        SELECT user_id, id, md5(id || '-d')::uuid, 1 FROM import_batch""",
    """INSERT INTO import_profile (user_id, account_id, name, names, layout)
        SELECT user_id, id, 'Bank', jsonb_build_array('Date', 'Text', 'Amount ' || k), '{}'
        FROM account, generate_series(1, 3) k""",
    """INSERT INTO import_edit (user_id, import_batch_id, fingerprint, occurrence, is_filed, subcategory_id,
            account_id, description)
        SELECT b.user_id, b.id, md5(b.id || '-e-' || k)::uuid, 1, true,
               (SELECT min(s.id) FROM subcategory s WHERE s.user_id = b.user_id), b.account_id, ''
        FROM import_batch b, generate_series(1, 20) k""",
    """INSERT INTO import_reading (user_id, import_batch_id, digest, content)
        SELECT user_id, id, md5(id::text), 'x' FROM import_batch""",
    # One of a person is open, the others are over.
    """INSERT INTO job (user_id, kind, target, asked, outcome, note, faults, onward, file_name, done_steps,
                        total_steps, file_size, finished_at)
        SELECT id, 'export', k, '{}', CASE WHEN k > 1 THEN 'done' ELSE '' END, '', '[]', '', '', 1, 1, 1,
               CASE WHEN k > 1 THEN timestamptz '2024-01-01' + (id * 20 + k) * interval '1 hour' END
        FROM "user", generate_series(1, 20) k""",
    """INSERT INTO job_chunk (user_id, job_id, is_result, number, content)
        SELECT user_id, id, true, 1, 'x' FROM job""",
    """INSERT INTO form_receipt (user_id, key, digest)
        SELECT id, md5(id || '-k-' || k)::uuid, 'x' FROM "user", generate_series(1, 5) k""",
    # Of each 20 rows two are a transfer and five were imported.
    """INSERT INTO transaction (user_id, account_id, subcategory_id, amount, description, comment, booked_on,
            transaction_date, transfer_id, import_batch_id, fingerprint, occurrence, tag_ids)
        SELECT p.id, p.accounts[1 + n % 8],
               CASE WHEN n % 20 > 2 THEN p.subcategories[1 + n % 24] END,
               CASE WHEN n % 20 = 1 OR n % 10 = 9 THEN 1 ELSE -1 END * (1 + n % 90)::numeric,
               'Shop ' || n % 25, '', (timestamp '2024-01-01 12:00' + make_interval(hours => n * 110))::date,
               timestamptz '2024-01-01 12:00+00' + make_interval(hours => n * 110),
               CASE WHEN n % 20 < 2 THEN md5(p.id || '-t-' || n / 20)::uuid END,
               CASE WHEN n % 20 >= 15 THEN p.batches[1 + n % 16] END,
               CASE WHEN n % 20 >= 15 THEN md5(p.id || '-f-' || n)::uuid END,
               CASE WHEN n % 20 >= 15 THEN 1 END,
               CASE WHEN n % 50 = 7 THEN p.tags[1:1] END
        FROM (SELECT u.id, (SELECT array_agg(id) FROM account a WHERE a.user_id = u.id) accounts,
                     (SELECT array_agg(id) FROM subcategory s WHERE s.user_id = u.id) subcategories,
                     (SELECT array_agg(id) FROM tag g WHERE g.user_id = u.id) tags,
                     (SELECT array_agg(id) FROM import_batch b WHERE b.user_id = u.id) batches
              FROM "user" u OFFSET 0) p, generate_series(0, 149) n""",
    # Three splits of two parts each.
    """INSERT INTO transaction (user_id, amount, description, comment, booked_on, transaction_date, split_id,
            split_part)
        SELECT id, -part, 'Split', '', '2024-05-01', '2024-05-01 12:00+00', md5(id || '-s-' || k)::uuid, part
        FROM "user", generate_series(1, 3) k, generate_series(1, 2) part""",
    "REFRESH MATERIALIZED VIEW user_spending_summary",
    # Statistics, and the visibility map without which nothing is index-only.
    "VACUUM (ANALYZE, PARALLEL 0)",
)


def run(connection: Any, statements: tuple[str, ...]) -> None:
    """Each statement in a transaction of its own: VACUUM cannot run inside one."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
