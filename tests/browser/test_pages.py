"""Every page in Chromium: both sizes and both themes, no policy violation, no axe violation, no sideways scroll.

A new address must be named here: in PUBLIC or PRIVATE when it is a page, in DETAIL when it is about one thing,
in RECENT when it asks for the password first, in ELSEWHERE when another browser test looks at it, and in
NO_PAGE when it is none.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone
from playwright.sync_api import Page

from budgets.models import IncomeSource, Schedule
from tests.browser.conftest import faults_in_each_look
from tests.factories import PASSWORD, make_schedule, make_user
from tests.portability.moving.households import sent
from tests.strangers.scenes import names_in
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.services import stage
from transactions.models import BalanceCheck, ImportBatch, ImportProfile, Job, JobChunk, Rule, Tag, Transaction
from transactions.reconciling.services import check_balance
from transactions.rules.services import RuleTerms, add_rule
from transactions.tags.services import add_tag
from wealthwise.demo import sample_data
from wealthwise.portability.moving.services import look, move_in

pytestmark = pytest.mark.django_db(transaction=True)

PUBLIC = ["landing", "account_login", "account_signup", "account_reset_password", "help", "privacy", "terms"]
PRIVATE = [
    "dashboard",
    "transactions:list",
    "transactions:add",
    "transactions:transfer",
    "transactions:possible_transfers",
    "transactions:categories",
    "transactions:filter_save",
    "transactions:import",
    "transactions:import_profiles",
    "transactions:rules",
    "transactions:rule_add",
    "transactions:rules_apply",
    "transactions:tags",
    "transactions:tag_add",
    "budgets:budget",
    "budgets:periods",
    "budgets:period_add",
    "budgets:recurring",
    "budgets:schedules",
    "accounts:list",
    "accounts:add",
    "accounts:settings",
    "account_change_password",
    "account_email",
    "mfa_index",
    "usersessions_list",
    "reports:spending",
    "reports:cash_flow",
    "reports:flow",
    "reports:where",
    "reports:descriptions",
    "reports:net_worth",
    "reports:pace",
    "accounts:username",
    "tokens:list",
    "data:overview",
    "data:restore",
    "data:reset",
    "moving:start",
]
PUBLIC_TOO = [
    "api:reference",
    "offline",
    "account_reset_password_done",
    "account_email_verification_sent",
    "account_inactive",
]
PUBLIC_TOO += ["account_reset_password_from_key_done"]
PRIVATE_TOO = ["help", "privacy", "transactions:category_add", "budgets:recurring_income_add", "sample_data"]
PRIVATE_TOO += ["budgets:recurring_allocation_add", "budgets:schedule_add", "account_logout", "accounts:erase"]


def checked(user: Any) -> BalanceCheck:
    """A check that differs, with causes and ways out."""
    account = user.accounts.first()
    return check_balance(account=account, day=timezone.localdate(), stated=account.current_balance + 10)


def scheduled(user: Any) -> Schedule:
    """Something that is due every month, with days that are late and one to come."""
    found = Schedule.objects.filter(user=user).first()
    begins = timezone.localdate().replace(day=1) - timedelta(days=1)
    return found or make_schedule(user, starts_on=f"{begins}", account=user.accounts.first())


def profile_of(user: Any) -> ImportProfile:
    """How a file was read."""
    names, layout = ["Date", "Text", "Amount"], CsvLayout(amount_column=2).to_dict()
    account = user.accounts.first()
    return ImportProfile.objects.create(user=user, account=account, name="My bank", names=names, layout=layout)


def of_several_accounts(user: Any) -> ImportBatch:
    """A file that waits for answers."""
    data = b"Date,Account,Text,Amount\n2026-03-02,Joint,Bread,-1\n2026-03-03,Savings,Oak,2\n2026-03-04,Joint,Tea,?\n"
    return stage(user=user, account=user.accounts.first(), file_name="several.csv", data=data)


def ruled(user: Any) -> Rule:
    """A rule that has something to change."""
    subcategory = user.subcategories.first()
    terms = RuleTerms(text=Transaction.objects.filter(user=user).first().description, subcategory=subcategory)
    return add_rule(user=user, terms=terms)


def tagged(user: Any) -> Tag:
    """A tag that a row has."""
    tag = add_tag(user=user, name=f"Journey {Tag.objects.for_user(user).count()}")
    rows = Transaction.objects.filter(user=user)
    rows.filter(pk=rows.first().pk).update(tag_ids=[tag.pk])
    return tag


def moved(user: Any) -> int:
    """A move with both sides; a second one would add nothing."""
    move_in(user=user, sent=sent("mint"))
    return ImportBatch.objects.for_user(user).latest("id").pk


def looked_at(user: Any) -> int:
    """What was looked at before it is moved in."""
    report = look(user=user, sent=sent("mint")).to_dict()
    asked = {"name": "export.csv", "files": [], "report": report}
    job = Job.objects.create(user=user, kind="moving_look", asked=asked, finished_at=timezone.now(), outcome="done")
    JobChunk.objects.create(user=user, job=job, is_result=True, number=0, content=b"")
    return job.pk


DETAIL: dict[str, Callable[[Any], int | str | tuple[int, int]]] = {
    "reports:save": lambda _: "spending",
    "account": lambda user: user.accounts.first().pk,
    "transactions:bank_says": lambda user: user.accounts.first().pk,
    "transactions:balance_check": lambda user: checked(user).pk,
    "transactions:import_profile": lambda user: profile_of(user).pk,
    "transactions:category_merge": lambda user: user.categories.filter(kind="expense").first().pk,
    "transactions:subcategory_merge": lambda user: user.subcategories.first().pk,
    "budgets:fill": lambda user: user.budget_periods.get(is_active=True).pk,
    "budgets:line": lambda user: (user.budget_periods.get(is_active=True).pk, user.subcategories.first().pk),
    "transactions:rule_edit": lambda user: ruled(user).pk,
    "transactions:tag_edit": lambda user: tagged(user).pk,
    "transactions:tag_merge": lambda user: tagged(user).pk,
    "transactions:tag_delete": lambda user: tagged(user).pk,
    "transactions:import_accounts": lambda user: of_several_accounts(user).pk,
    "transactions:import_mend": lambda user: of_several_accounts(user).pk,
    "moving:look": looked_at,
    "moving:moved": moved,
    "moving:take_back": moved,
    "accounts:edit": lambda user: user.accounts.first().pk,
    "transactions:edit": lambda user: Transaction.objects.filter(user=user, transfer_id=None).first().pk,
    "transactions:split": lambda user: Transaction.objects.filter(user=user, transfer_id=None).first().pk,
    "transactions:delete": lambda user: Transaction.objects.filter(user=user).first().pk,
    "transactions:category_edit": lambda user: user.categories.first().pk,
    "transactions:category_delete": lambda user: user.categories.first().pk,
    "transactions:subcategory_add": lambda user: user.categories.first().pk,
    "transactions:subcategory_edit": lambda user: user.subcategories.first().pk,
    "transactions:subcategory_delete": lambda user: user.subcategories.first().pk,
    "budgets:budget_period": lambda user: user.budget_periods.first().pk,
    "budgets:move": lambda user: user.budget_periods.get(is_active=True).pk,
    "budgets:brought_forward": lambda user: user.budget_periods.get(is_active=True).pk,
    "budgets:income_add": lambda user: user.budget_periods.first().pk,
    "budgets:income_edit": lambda user: IncomeSource.objects.filter(user=user).first().pk,
    "budgets:income_delete": lambda user: IncomeSource.objects.filter(user=user).first().pk,
    "budgets:period_edit": lambda user: user.budget_periods.first().pk,
    "budgets:period_delete": lambda user: user.budget_periods.first().pk,
    "budgets:recurring_income_edit": lambda user: user.recurring_income.first().pk,
    "budgets:recurring_income_delete": lambda user: user.recurring_income.first().pk,
    "budgets:recurring_allocation_edit": lambda user: user.recurring_allocations.first().pk,
    "budgets:recurring_allocation_delete": lambda user: user.recurring_allocations.first().pk,
    "budgets:schedule_edit": lambda user: scheduled(user).pk,
    "budgets:schedule_delete": lambda user: scheduled(user).pk,
}
RECENT = ["tokens:add", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "account_reauthenticate"]
ELSEWHERE = {
    "onboarding_step": "test_main_job",
    "account_confirm_email": "test_main_job",
    "transactions:import_configure": "test_main_job",
    "transactions:import_categories": "test_rules",
    "transactions:import_check": "test_main_job",
    "transactions:import_result": "test_main_job",
    "transactions:import_revert": "test_main_job",
    "jobs:progress": "test_long_work",
    "transactions:quick": "test_quick_add",
    "transactions:inline": "test_ledger",
    "transactions:bulk": "test_ledger",
    "transactions:filter_edit": "test_search",
    "console": "test_console",
}
NO_PAGE = {
    "a form only": [
        "theme", "rows", "transactions:category_quick",
        "onboarding_skip", "sample_explore", "sample_clear", "accounts:close", "accounts:reopen",
        "budgets:allocate", "budgets:take_brought_forward", "budgets:period_activate",
        "budgets:recurring_income_pause", "budgets:recurring_allocation_pause", "transactions:categories_defaults",
        "budgets:schedule_pause", "budgets:schedule_answer", "budgets:proposal_answer",
        "transactions:import_commit", "transactions:import_discard", "transactions:import_order_days",
        "transactions:import_encoding", "transactions:import_rows",
        "transactions:import_read_as", "transactions:import_profile_forget",
        "transactions:bulk_undo", "transactions:filter_delete", "transactions:transfer_make",
        "transactions:transfer_refuse", "transactions:transfer_undo", "budgets:line_fill", "budgets:period_next",
        "jobs:cancel", "tokens:end", "tokens:end_all", "hide_amounts", "transactions:balance_agree",
        "transactions:balance_anchor", "transactions:balance_correct",
        "transactions:balance_forget", "transactions:give_other_side", "transactions:rule_delete",
        "reports:saved_delete", "transactions:join", "transactions:rule_move",
        "transactions:category_archive", "transactions:subcategory_archive",
    ],
    "a file or data": [
        "api:openapi", "manifest", "service_worker", "transactions:suggest", "transactions:split_rest",
        "transactions:completions", "transactions:places", "mfa_download_recovery_codes", "mfa_login_webauthn",
        "transactions:download", "transactions:row", "data:download", "jobs:result", "metrics", "violations",
    ],
    "an operation of the API": [
        "api:allocate", "api:anchor_check", "api:change_account", "api:change_category", "api:change_subcategory",
        "api:change_tag", "api:change_transaction", "api:change_transactions", "api:change_transfer",
        "api:check_import", "api:close_account", "api:commit_import", "api:create_account", "api:create_category",
        "api:create_check", "api:create_export", "api:create_import", "api:create_period", "api:create_subcategory",
        "api:create_tag", "api:create_transaction", "api:create_transactions", "api:create_transfer",
        "api:delete_category", "api:delete_check", "api:delete_import", "api:delete_subcategory", "api:delete_tag",
        "api:delete_transaction", "api:delete_transfer", "api:join_transfer", "api:list_accounts",
        "api:list_categories", "api:list_checks", "api:list_imports", "api:list_jobs", "api:list_periods",
        "api:list_tags", "api:list_transactions", "api:nothing", "api:part_transfer", "api:read_account",
        "api:read_budget", "api:read_cash_flow", "api:read_file", "api:read_import", "api:read_job",
        "api:read_net_worth", "api:read_spending", "api:read_transaction", "api:read_transfer", "api:read_upcoming",
        "api:reopen_account", "api:revert_import", "api:undo_change",
    ],
    "leads on": ["onboarding", "account_set_password", "account_confirm_login_code"],
    "needs a second factor or a mailed link, and is one form": [
        "account_reset_password_from_key", "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_remove_webauthn",
        "mfa_edit_webauthn",
    ],
}  # fmt: skip


def test_every_address_is_named_here() -> None:
    here = [*PUBLIC, *PUBLIC_TOO, *PRIVATE, *PRIVATE_TOO, *DETAIL, *RECENT, *ELSEWHERE]
    here += [name for names in NO_PAGE.values() for name in names]
    there = set(names_in(get_resolver().url_patterns))
    assert sorted(there - set(here)) == []
    assert sorted(set(here) - there) == []


def faults_on(page: Page, address: str) -> Iterator[str]:
    answer = page.goto(address)
    if answer is None or answer.status != 200:
        yield f"status {answer and answer.status}"
    if urlsplit(page.url).path != address:
        yield f"leads to {page.url}"
    yield from faults_in_each_look(page)
    yield from page.evaluate("window.__violations")


def faults_of(
    open_page: Any, addresses: dict[str, str], user: Any, *, before: Callable[[Page], object] | None = None
) -> str:
    page = open_page(user)
    if before:
        before(page)
    return "\n".join(f"{name} {fault}" for name, address in addresses.items() for fault in faults_on(page, address))


def plain(*names: str) -> dict[str, str]:
    return {name: reverse(name) for name in names}


@pytest.fixture
def household(transactional_db: None) -> Any:
    user = make_user("full", currency="ZAR", time_zone="Africa/Johannesburg")
    sample_data.build(user, timezone.localdate())
    return user


def test_public_pages(open_page: Any) -> None:
    assert faults_of(open_page, plain(*PUBLIC, *PUBLIC_TOO), None) == ""


def test_private_pages_of_a_household(open_page: Any, household: Any) -> None:
    assert faults_of(open_page, plain(*PRIVATE, *PRIVATE_TOO), household) == ""


def test_private_pages_of_somebody_new(open_page: Any) -> None:
    assert faults_of(open_page, plain(*PRIVATE, *PRIVATE_TOO), make_user("empty")) == ""


def test_pages_about_one_thing(open_page: Any, household: Any) -> None:
    keys = {name: key(household) for name, key in DETAIL.items()}
    addresses = {name: reverse(name, args=key if isinstance(key, tuple) else [key]) for name, key in keys.items()}
    assert faults_of(open_page, addresses, household) == ""


def test_pages_that_ask_for_the_password_first(open_page: Any) -> None:
    def confirm(page: Page) -> None:
        page.goto(reverse("mfa_activate_totp"))
        page.fill("main input[name=password]", PASSWORD)
        page.press("main input[name=password]", "Enter")
        page.wait_for_url("**/totp/activate/")

    assert faults_of(open_page, plain(*RECENT), make_user("careful"), before=confirm) == ""
