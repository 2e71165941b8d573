"""A database of the old application, made for a test: its tables as SQLAlchemy made them, with the rows given."""

import sqlite3
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE user (id INTEGER PRIMARY KEY, username VARCHAR(80), email VARCHAR(120), password_hash VARCHAR(255),
    first_name VARCHAR(50), last_name VARCHAR(50), display_name VARCHAR(100), currency VARCHAR(10), theme VARCHAR(10),
    created_at DATETIME, country VARCHAR(100), preferred_name VARCHAR(100), email_verified BOOLEAN,
    terms_accepted_at DATETIME, terms_version VARCHAR(50), is_admin BOOLEAN DEFAULT 0);
CREATE TABLE category (id INTEGER PRIMARY KEY, name VARCHAR(100), user_id INTEGER, is_template BOOLEAN);
CREATE TABLE subcategory (id INTEGER PRIMARY KEY, name VARCHAR(100), category_id INTEGER);
CREATE TABLE account (id INTEGER PRIMARY KEY, name VARCHAR(100), account_type VARCHAR(50), bank_name VARCHAR(100),
    account_number VARCHAR(50), current_balance FLOAT, user_id INTEGER, is_active BOOLEAN DEFAULT 1);
CREATE TABLE "transaction" (id INTEGER PRIMARY KEY, amount FLOAT, description VARCHAR(200), comment TEXT,
    subcategory_id INTEGER, user_id INTEGER, transaction_date DATETIME);
CREATE TABLE budget_period (id INTEGER PRIMARY KEY, name VARCHAR(100), period_type VARCHAR(20), start_date DATE,
    end_date DATE, user_id INTEGER, is_active BOOLEAN);
CREATE TABLE budget (id INTEGER PRIMARY KEY, period_id INTEGER, total_income FLOAT, balance_brought_forward FLOAT,
    user_id INTEGER);
CREATE TABLE budget_allocation (id INTEGER PRIMARY KEY, allocated_amount FLOAT, subcategory_id INTEGER,
    budget_id INTEGER, is_recurring_allocation BOOLEAN, recurring_allocation_id INTEGER);
CREATE TABLE income_source (id INTEGER PRIMARY KEY, name VARCHAR(100), amount FLOAT, budget_id INTEGER,
    recurring_source_id INTEGER);
CREATE TABLE recurring_income_source (id INTEGER PRIMARY KEY, name VARCHAR(100), amount FLOAT, user_id INTEGER,
    period_type VARCHAR(20), is_active BOOLEAN);
CREATE TABLE recurring_budget_allocation (id INTEGER PRIMARY KEY, allocated_amount FLOAT, subcategory_id INTEGER,
    user_id INTEGER, period_type VARCHAR(20), is_active BOOLEAN);
CREATE TABLE payment (id INTEGER PRIMARY KEY, user_id INTEGER, amount_cents INTEGER);
"""


def table(columns: str, *rows: tuple[Any, ...]) -> list[dict[str, Any]]:
    """Rows of these columns, for ``make``."""
    return [dict(zip(columns.split(), row, strict=True)) for row in rows]


def person(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "username": f"Person{number}",
        "email": f"Person{number}@Example.com",
        "password_hash": "pbkdf2:sha256:10$abcdefgh$" + "00" * 32,
        "first_name": "Ada",
        "last_name": "Byron",
        "currency": "ZAR",
        "theme": "dark",
        "created_at": "2024-05-01 08:30:00.000000",
        "country": "South Africa",
        "email_verified": 1,
        "terms_accepted_at": "2024-05-01 08:30:00.000000",
        "terms_version": "1",
    } | fields


def make(path: Path, **tables: list[dict[str, Any]]) -> Path:
    """A file with these rows by table; columns that are not named are null."""
    connection = sqlite3.connect(path)
    connection.executescript(SCHEMA)
    for table, rows in tables.items():
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f'INSERT INTO "{table}" ({", ".join(row)}) VALUES ({marks})', list(row.values()))
    connection.commit()
    connection.close()
    return path
