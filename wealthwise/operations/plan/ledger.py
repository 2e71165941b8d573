"""Every index line of the database plan, as data, and which index answers for it.

The plan lists some indexes twice and some as a prefix of another. A line without ``served_by`` is built under its
own name, as the model declares it, which may be more than the plan asks; the others are served by the index that
leads with the same columns. Nothing is built twice. ``indexes.py`` holds this against the live catalog.
"""

from dataclasses import dataclass

from wealthwise.operations.plan.declared import Declared, Shape, declared


@dataclass(frozen=True, slots=True)
class PlanIndex:
    """One index line of the plan: its section, name, table and shape, and the index that serves it instead."""

    section: str
    name: str
    table: str
    shape: Shape
    served_by: str = ""


def _line(section: str, name: str, place: str, served_by: str = "") -> PlanIndex:
    """``place`` as the plan writes it: ``account (user_id, is_active) WHERE is_active``."""
    rest, _, predicate = place.partition(" WHERE ")
    rest, _, include = rest.partition(" INCLUDE ")
    unique = rest.startswith("UNIQUE ")
    table, columns = rest.removeprefix("UNIQUE ").split(" ", 1)
    return PlanIndex(section, name, table, Shape(_names(columns), _names(include), predicate, unique), served_by)


def _names(brackets: str) -> tuple[str, ...]:
    return tuple(brackets[1:-1].split(", ")) if brackets else ()


PLAN: tuple[PlanIndex, ...] = (
    _line("1.1", "idx_transaction_user_id", "transaction (user_id)", "idx_transaction_covering"),
    _line(
        "1.1",
        "idx_transaction_subcategory_id",
        "transaction (subcategory_id)",
        "idx_transaction_subcategory_date_range",
    ),
    _line("1.1", "idx_subcategory_category_id", "subcategory (category_id)"),
    _line("1.1", "idx_category_user_id", "category (user_id)", "category_owner_key"),
    _line("1.1", "idx_budget_user_id", "budget (user_id)", "idx_budget_user_period"),
    _line("1.1", "idx_budget_period_id", "budget (period_id)", "budget_period_id_key"),
    _line("1.1", "idx_budget_period_user_id", "budget_period (user_id)", "budget_period_owner_key"),
    _line("1.1", "idx_budget_allocation_budget_id", "budget_allocation (budget_id)", "idx_budget_allocation_covering"),
    _line("1.1", "idx_budget_allocation_subcategory_id", "budget_allocation (subcategory_id)"),
    _line("1.1", "idx_income_source_budget_id", "income_source (budget_id)"),
    _line("1.1", "idx_account_user_id", "account (user_id)", "account_owner_key"),
    _line("1.1", "idx_recurring_income_user_id", "recurring_income_source (user_id)", "recurring_income_owner_key"),
    _line(
        "1.1",
        "idx_recurring_allocation_user_id",
        "recurring_budget_allocation (user_id)",
        "recurring_allocation_owner_key",
    ),
    _line("1.1", "idx_recurring_allocation_subcategory_id", "recurring_budget_allocation (subcategory_id)"),
    _line("1.1", "idx_password_reset_user_id", "password_reset_token (user_id)"),
    _line("1.1", "idx_email_verification_user_id", "email_verification (user_id)"),
    _line(
        "1.2", "idx_transaction_user_date", "transaction (user_id, transaction_date DESC)", "idx_transaction_covering"
    ),
    _line(
        "1.2", "idx_transaction_user_subcategory_date", "transaction (user_id, subcategory_id, transaction_date DESC)"
    ),
    _line("1.2", "idx_transaction_subcategory_date_range", "transaction (subcategory_id, transaction_date)"),
    _line("1.2", "idx_budget_period_user_active", "budget_period (user_id, is_active) WHERE is_active"),
    _line("1.2", "idx_budget_period_dates", "budget_period (start_date, end_date)"),
    _line("1.2", "idx_category_user_template", "category (user_id, is_template)"),
    _line("1.2", "idx_subcategory_name_category", "subcategory (name, category_id)", "uq_subcategory_name_category"),
    _line("1.2", "idx_budget_user_period", "budget (user_id, period_id)"),
    _line("1.2", "idx_account_user_active", "account (user_id, is_active) WHERE is_active"),
    _line("1.2", "idx_recurring_income_user_active", "recurring_income_source (user_id, is_active) WHERE is_active"),
    _line(
        "1.2",
        "idx_recurring_allocation_user_active",
        "recurring_budget_allocation (user_id, is_active) WHERE is_active",
    ),
    _line(
        "1.2",
        "idx_recurring_allocation_subcategory_active",
        "recurring_budget_allocation (subcategory_id, is_active) WHERE is_active",
    ),
    _line("1.3", "idx_user_username", "UNIQUE user (username)"),
    _line("1.3", "idx_user_email", "UNIQUE user (email)"),
    _line("1.3", "uq_subcategory_name_category", "UNIQUE subcategory (name, category_id)"),
    _line("1.4", "idx_account_active", "account (user_id) WHERE is_active", "idx_account_user_active"),
    _line(
        "1.4",
        "idx_recurring_income_active",
        "recurring_income_source (user_id, is_active) WHERE is_active",
        "idx_recurring_income_user_active",
    ),
    _line(
        "1.4",
        "idx_recurring_allocation_active",
        "recurring_budget_allocation (user_id, subcategory_id) WHERE is_active",
        "uq_recurring_allocation_active",
    ),
    _line(
        "1.4", "idx_budget_period_active", "budget_period (user_id) WHERE is_active", "idx_budget_period_user_active"
    ),
    _line(
        "5.1",
        "idx_transaction_covering",
        "transaction (user_id, transaction_date DESC) INCLUDE (amount, description, subcategory_id)",
    ),
    _line(
        "5.1",
        "idx_budget_allocation_covering",
        "budget_allocation (budget_id, subcategory_id) INCLUDE (allocated_amount, is_recurring_allocation)",
    ),
)


def beyond_the_plan() -> list[Declared]:
    """Every declared index that the plan does not name."""
    named = {line.name for line in PLAN}
    return [index for name, index in declared().items() if name not in named]
