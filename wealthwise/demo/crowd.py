"""Many users with accounts, categories, budgets and recurring items, by set-based SQL; nobody's ledger yet.

Everything follows from the number of the user, so the same numbers give the same crowd. Users are made in
chunks, each in one transaction; a run that was ended goes on behind the last user there.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from django.db import transaction

from transactions.categories.defaults import DEFAULT_CATEGORIES
from wealthwise.core.days import ONE_DAY
from wealthwise.core.periods import period_containing
from wealthwise.postgres.sql import run, value_of

CHUNK: Final = 2_000  # users in one transaction
PREFIX: Final = "seed_"
ACCOUNTS: Final = 3
PERIODS: Final = 4
PLANNED: Final = 12  # subcategories with an allocation

_PEOPLE = """
INSERT INTO "user" (password, is_superuser, uuid, username, email, first_name, last_name, preferred_name, country,
    currency, time_zone, theme, onboarding_step, onboarded_at, terms_version, is_active, is_staff)
SELECT %(password)s, false, md5('person ' || n)::uuid, 'seed_' || n, 'seed_' || n || '@example.com', 'Person', n::text,
    '', (ARRAY['ZA', 'GB', 'US', 'DE', 'NG', 'KE', 'IN', 'BR'])[1 + n %% 8],
    (ARRAY['ZAR', 'GBP', 'USD', 'EUR', 'NGN', 'KES', 'INR', 'BRL'])[1 + n %% 8],
    (ARRAY['Africa/Johannesburg', 'Europe/London', 'America/New_York', 'Europe/Berlin', 'Africa/Lagos',
           'Africa/Nairobi', 'Asia/Kolkata', 'America/Sao_Paulo'])[1 + n %% 8],
    'system', 5, now(), '', true, false
FROM generate_series(%(first)s::int, %(last)s::int) n
"""
_HOUSEHOLDS = """
CREATE TEMPORARY TABLE made ON COMMIT DROP AS
SELECT id, substr(username, 6)::int AS n FROM "user"
WHERE username IN (SELECT 'seed_' || n FROM generate_series(%(first)s::int, %(last)s::int) n);

INSERT INTO account_emailaddress (email, verified, "primary", user_id)
SELECT 'seed_' || n || '@example.com', true, true, id FROM made;

INSERT INTO account (user_id, name, account_type, bank_name, number_last4, anchored_on, anchor_balance, is_active)
SELECT id, a.name, a.type, '', lpad((n %% 10000)::text, 4, '0'), '1999-12-31', a.opening, true
FROM made, (VALUES ('Current', 'checking', 2500.00), ('Savings', 'savings', 10000.00), ('Card', 'credit', 0.00))
    a (name, type, opening);

INSERT INTO category (user_id, name, kind, is_template)
SELECT id, d.value ->> 'name', d.value ->> 'kind', true FROM made, jsonb_array_elements(%(tree)s::jsonb) d;

INSERT INTO subcategory (user_id, category_id, name)
SELECT c.user_id, c.id, s.name
FROM made JOIN category c ON c.user_id = made.id
JOIN jsonb_array_elements(%(tree)s::jsonb) d ON d.value ->> 'name' = c.name,
LATERAL jsonb_array_elements_text(d.value -> 'subcategories') s (name);

INSERT INTO recurring_income_source (user_id, name, amount, period_type, is_active)
SELECT id, 'Salary', 2500 + n %% 40 * 100, 'monthly', true FROM made;

CREATE TEMPORARY TABLE planned ON COMMIT DROP AS
SELECT user_id, subcategory_id, 50 + place * 15 AS amount FROM (
    SELECT s.user_id, s.id AS subcategory_id,
        row_number() OVER (PARTITION BY s.user_id ORDER BY c.name, s.name) AS place
    FROM made JOIN subcategory s ON s.user_id = made.id
    JOIN category c ON c.user_id = made.id AND c.id = s.category_id WHERE c.kind = 'expense'
) s WHERE place <= %(planned)s;

INSERT INTO recurring_budget_allocation (user_id, subcategory_id, allocated_amount, period_type, is_active)
SELECT user_id, subcategory_id, amount, 'monthly', true FROM planned;

INSERT INTO budget_period (user_id, name, period_type, start_date, end_date, is_active)
SELECT made.id, p.value ->> 'name', 'monthly', (p.value ->> 'start')::date, (p.value ->> 'end')::date,
    (p.value ->> 'active')::boolean
FROM made, jsonb_array_elements(%(periods)s::jsonb) p;

INSERT INTO budget (user_id, period_id, brought_forward)
SELECT p.user_id, p.id, 0 FROM made JOIN budget_period p ON p.user_id = made.id;

INSERT INTO income_source (user_id, budget_id, name, amount, recurring_id)
SELECT r.user_id, b.id, r.name, r.amount, r.id
FROM made JOIN budget b ON b.user_id = made.id JOIN recurring_income_source r ON r.user_id = made.id;

INSERT INTO budget_allocation
    (user_id, budget_id, subcategory_id, allocated_amount, is_recurring_allocation, recurring_id)
SELECT r.user_id, b.id, r.subcategory_id, r.allocated_amount, true, r.id
FROM made JOIN budget b ON b.user_id = made.id JOIN recurring_budget_allocation r ON r.user_id = made.id;
"""


def people_there() -> int:
    """How many seeded users exist; they are numbered from 1 without gaps."""
    return int(value_of('SELECT count(*) FROM "user" WHERE starts_with(username, %(prefix)s)', prefix=PREFIX))


def make_people(first: int, last: int, *, password: str, until: date) -> Iterator[int]:
    """Add users ``first`` to ``last``; yields how many after each chunk. ``password`` is a hash."""
    shapes: dict[str, Any] = {"tree": _tree(), "periods": _periods(until), "planned": PLANNED, "password": password}
    for begin in range(first, last + 1, CHUNK):
        end = min(begin + CHUNK - 1, last)
        with transaction.atomic():
            for statement in (_PEOPLE, *_HOUSEHOLDS.split(";\n\n")):
                run(statement, **shapes, first=begin, last=end)
        yield end - begin + 1


def _tree() -> str:
    return json.dumps([{"name": d.name, "kind": d.kind, "subcategories": d.subcategories} for d in DEFAULT_CATEGORIES])


def _periods(until: date) -> str:
    """The month of ``until``, which is active, and the ones before it."""
    found: list[dict[str, Any]] = []
    window = period_containing("monthly", until)
    for number in range(PERIODS):
        days = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        found.append({"name": f"{window.start:%B %Y}", "active": number == 0, **days})
        window = period_containing("monthly", window.start - ONE_DAY)
    return json.dumps(found)
