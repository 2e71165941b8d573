"""Where money sat and what it was filed under: accounts, categories, subcategories."""

import re
from typing import Final

from accounts.models import Account, User
from transactions.models import Category, Subcategory
from wealthwise.core.days import today_of
from wealthwise.portability.legacy.people import Carried
from wealthwise.portability.legacy.source import Row
from wealthwise.portability.legacy.values import money, text

_INCOME_NAMES: Final = {"income", "salary", "earnings", "revenue"}


def carry_accounts(found: Carried) -> None:
    """Their typed balance is their anchor, said today: no old transaction names an account."""
    accounts = [_account(row, user, found) for row, user in found.one_by_one("account")]
    Account.objects.bulk_create(accounts)
    found.report.carried["accounts"] = len(accounts)


def _account(row: Row, user: User, found: Carried) -> Account:
    report, where = found.report, f"account {row['id']}"
    balance = money(row.get("current_balance") or 0, report, where)
    if balance is None:
        report.repaired("balances that are no amount set to zero", where)
    number = re.sub(r"[^0-9]", "", str(row.get("account_number") or ""))
    if len(number) > 4:
        report.repaired("account numbers reduced to their last four digits", "")
    if kind_unknown(row):
        report.repaired("types of accounts that are not known taken for other", str(row.get("account_type"))[:40])
    kind = str(row.get("account_type") or "").strip().lower()
    is_open = bool(row.get("is_active", True))
    return Account(
        user=user,
        name=text(row.get("name"), 100, report, where) or "Account",
        account_type=kind if kind in Account.Type.values else Account.Type.OTHER,
        bank_name=text(row.get("bank_name"), 100, report, where),
        number_last4=number[-4:],
        anchored_on=today_of(user),
        anchor_balance=balance or 0,
        is_active=is_open,
        closed_on=None if is_open else today_of(user),
    )


def kind_unknown(row: Row) -> bool:
    kind = str(row.get("account_type") or "").strip().lower()
    return bool(kind) and kind not in Account.Type.values


def carry_categories(found: Carried) -> None:
    """Categories and subcategories; what has one name within a user, or within a category, becomes one."""
    income = _income_categories(found)
    by_name: dict[tuple[int, str], Category] = {}
    for row, user in found.one_by_one("category"):
        name = text(row["name"], 100, found.report, f"category {row['id']}") or "Unnamed"
        kind = Category.Kind.INCOME if row["id"] in income or name.casefold() in _INCOME_NAMES else "expense"
        new = Category(user=user, name=name, kind=kind, is_template=bool(row.get("is_template")))
        known = by_name.setdefault((user.pk, name), new)
        found.categories[row["id"]] = known
        if known is not new:
            found.report.repaired("categories of one name made one", name)
        elif kind == Category.Kind.INCOME:
            found.report.repaired("categories known as income, which the old system had not", name)
    Category.objects.bulk_create(by_name.values())
    found.report.carried["categories"] = len(by_name)
    _carry_subcategories(found)


def _income_categories(found: Carried) -> set[int]:
    """Ids of the categories under which only money came in."""
    parent = {row["id"]: row["category_id"] for row in found.source.rows("subcategory")}
    signs: dict[int, set[bool]] = {}
    for row in found.source.rows("transaction"):
        if isinstance(row["amount"], int | float) and row["amount"]:
            signs.setdefault(parent.get(row["subcategory_id"], 0), set()).add(row["amount"] > 0)
    return {category for category, found_signs in signs.items() if found_signs == {True}}


def _carry_subcategories(found: Carried) -> None:
    by_name: dict[tuple[int, str], Subcategory] = {}
    for row in found.source.rows("subcategory"):
        category = found.categories.get(row["category_id"])
        if category is None:
            if _is_orphan(row, found):
                found.report.about("subcategory", row)
                found.report.left("subcategories without a category", f"{row['id']} {row['name']}")
            continue
        found.report.about("subcategory", row)
        name = text(row["name"], 100, found.report, f"subcategory {row['id']}") or "Unnamed"
        new = Subcategory(user=category.user, category=category, name=name)
        known = by_name.setdefault((category.pk, name), new)
        found.subcategories[row["id"]] = known
        if known is not new:
            found.report.repaired("subcategories of one name and category made one", name)
    Subcategory.objects.bulk_create(by_name.values())
    found.report.carried["subcategories"] = len(by_name)


def _is_orphan(row: Row, found: Carried) -> bool:
    """Whether its category is nowhere in the file, rather than that of somebody who is not carried."""
    return all(category["id"] != row["category_id"] for category in found.source.rows("category"))
