"""Every address with every method, for everybody whom it is not for, beside a household with look-alike rows.

An address that is new needs a line: in ANSWERS what a stranger gets with the keys of somebody else, and in ROWS whose
key that is. What needs no sign-in is declared in ``tests/public/test_public_pages.py``.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from accounts.models import Account, ApiToken, User
from budgets.models import (
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    Schedule,
)
from tests.console.conftest import member
from tests.factories import PASSWORD, make_user, signed_in
from tests.public.test_public_pages import PLAIN, SIGN_IN
from tests.strangers.scenes import names_in
from tests.strangers.world import MARKED, MARKER, MASKED, Household, count_from, digests, move_in, tuples_written
from transactions.models import (
    BalanceCheck,
    Category,
    ImportBatch,
    ImportProfile,
    Job,
    Rule,
    SavedFilter,
    Subcategory,
    Tag,
    Transaction,
)
from wealthwise.core.columns import is_owned

pytestmark = pytest.mark.django_db

OTHER_METHODS: Final = ("HEAD", "PUT", "PATCH", "DELETE", "OPTIONS")
# Whose row the key in an address is of, by what the name of the address begins with; the longest wins.
ROWS: Final[dict[str, tuple[type[Any], ...]]] = {
    "account": (Account,),
    "accounts:": (Account,),
    "budgets:": (BudgetPeriod,),
    "budgets:line": (BudgetPeriod, Subcategory),
    "budgets:income_edit": (IncomeSource,),
    "budgets:income_delete": (IncomeSource,),
    "budgets:recurring_income": (RecurringIncomeSource,),
    "budgets:recurring_allocation": (RecurringBudgetAllocation,),
    "budgets:schedule": (Schedule,),
    "jobs:": (Job,),
    "tokens:end": (ApiToken,),
    "moving:": (ImportBatch,),
    "moving:look": (Job,),
    "reports:saved": (SavedFilter,),
    "transactions:": (Transaction,),
    "transactions:filter": (SavedFilter,),
    "transactions:rule": (Rule,),
    "transactions:tag": (Tag,),
    "transactions:import": (ImportBatch,),
    "transactions:import_profile": (ImportProfile,),
    "transactions:import_read_as": (ImportBatch, ImportProfile),
    "transactions:balance": (BalanceCheck,),
    "transactions:bank_says": (Account,),
    "transactions:category": (Category,),
    "transactions:subcategory_add": (Category,),
    "transactions:subcategory": (Subcategory,),
}
OTHER_KEYS: Final[dict[str, tuple[object, ...]]] = {
    "onboarding_step": (2,), "onboarding_skip": (2,), "data:download": ("json",), "reports:save": ("spending",),
    "account_confirm_email": ("x",),
    "account_reset_password_from_key": ("1", "x"), "mfa_remove_webauthn": (1,), "mfa_edit_webauthn": (1,),
}  # fmt: skip
# What a stranger gets for GET and POST with the keys of the household; other methods are refused.
SAME: Final = ("_add", "_delete", "_history", ":None")  # one answer for all of the staff, asked as one of them
LEFT_OUT: Final = {"admin:logout"}  # ends the session that asks
ANSWERS: Final[dict[str, list[str]]] = {
    "200 200": [
        "account_change_password", "account_email_verification_sent", "account_reauthenticate",
        "account_reset_password", "account_reset_password_from_key", "transactions:import",
        "transactions:rules_apply",
    ],
    "200 302": [
        "account_email", "account_logout", "usersessions_list",
    ],
    "200 404": [
        "account_confirm_email",
    ],
    "200 405": [
        "api:openapi", "api:reference", "tokens:list",
        "account_inactive", "account_reset_password_done", "account_reset_password_from_key_done",
        "accounts:list", "budgets:budget", "budgets:periods", "budgets:recurring", "budgets:schedules", "dashboard",
        "data:download", "data:overview", "help", "manifest", "mfa_index", "mfa_list_webauthn", "offline",
        "privacy", "reports:cash_flow", "reports:flow", "reports:descriptions", "reports:net_worth", "reports:pace",
        "reports:spending", "reports:where", "sample_data", "service_worker", "terms",
        "transactions:categories", "transactions:download", "transactions:import_profiles", "transactions:list",
        "transactions:possible_transfers", "transactions:rules", "transactions:suggest",
        "transactions:completions", "transactions:places",
        "transactions:tags",
    ],
    "200 422": [
        "accounts:add", "accounts:erase", "accounts:settings", "accounts:username", "budgets:period_add",
        "budgets:recurring_allocation_add", "budgets:recurring_income_add", "budgets:schedule_add", "data:reset",
        "data:restore", "moving:start", "reports:save",
        "transactions:add", "transactions:category_add", "transactions:filter_save", "transactions:rule_add",
        "transactions:tag_add", "transactions:transfer",
    ],
    "302 302": [
        "account_confirm_login_code", "account_login", "account_set_password", "account_signup",
        "mfa_activate_totp", "mfa_add_webauthn", "mfa_authenticate", "mfa_edit_webauthn",
        "mfa_generate_recovery_codes", "mfa_login_webauthn", "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn", "mfa_remove_webauthn", "onboarding_step", "tokens:add", "transactions:quick",
    ],
    "302 405": [
        "landing", "onboarding", "transactions:row",
    ],
    "404 404": [
        "accounts:close", "accounts:edit", "budgets:brought_forward", "budgets:fill", "budgets:income_add",
        "budgets:income_delete", "budgets:income_edit", "budgets:line", "budgets:move",
        "budgets:period_delete", "budgets:period_edit", "budgets:recurring_allocation_delete",
        "budgets:recurring_allocation_edit", "budgets:recurring_income_delete",
        "budgets:recurring_income_edit", "budgets:schedule_delete", "budgets:schedule_edit", "console", "metrics",
        "mfa_deactivate_totp", "moving:look", "moving:take_back",
        "mfa_download_recovery_codes", "transactions:bank_says", "transactions:category_delete",
        "transactions:category_edit", "transactions:category_merge", "transactions:delete",
        "transactions:edit", "transactions:filter_edit", "transactions:split", "transactions:import_commit",
        "transactions:import_accounts", "transactions:import_categories", "transactions:import_configure",
        "transactions:import_discard", "transactions:import_mend",
        "transactions:import_profile", "transactions:import_revert",
        "transactions:inline", "transactions:rule_edit", "transactions:subcategory_add",
        "transactions:subcategory_delete", "transactions:subcategory_edit", "transactions:subcategory_merge",
        "transactions:tag_delete", "transactions:tag_edit", "transactions:tag_merge",
    ],
    "404 405": [
        "account", "budgets:budget_period", "jobs:progress", "jobs:result", "moving:moved", "mfa_view_recovery_codes",
        "transactions:balance_check",
        "transactions:import_check", "transactions:import_result",
    ],
    "401 401": [  # with a session; what a token may do is told in tests/api
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
    "405 204": [
        "violations",
    ],
    "405 200": [
        "transactions:split_rest",
    ],
    "405 422": [
        "transactions:category_quick",
    ],
    "405 302": [
        "budgets:proposal_answer", "hide_amounts", "onboarding_skip", "rows", "sample_clear", "sample_explore",
        "theme", "transactions:bulk",
        "transactions:bulk_undo", "transactions:categories_defaults", "transactions:transfer_make",
        "transactions:transfer_refuse", "transactions:transfer_undo", "tokens:end", "tokens:end_all",
    ],
    "405 404": [
        "jobs:cancel",
        "accounts:reopen", "budgets:allocate", "budgets:line_fill", "budgets:period_activate",
        "budgets:period_next", "budgets:recurring_allocation_pause", "budgets:recurring_income_pause",
        "budgets:schedule_answer", "budgets:schedule_pause",
        "budgets:take_brought_forward", "transactions:balance_agree", "transactions:balance_anchor",
        "transactions:balance_correct", "transactions:balance_forget",
        "transactions:filter_delete", "transactions:give_other_side", "transactions:join", "reports:saved_delete",
        "transactions:import_encoding", "transactions:import_order_days",
        "transactions:import_profile_forget", "transactions:import_read_as",
        "transactions:import_rows", "transactions:rule_delete", "transactions:rule_move",
        "transactions:category_archive", "transactions:subcategory_archive",
    ],
}  # fmt: skip


@pytest.fixture
def victim(db: None) -> User:
    """A household whose words are marked, and the stranger: the one that it looks like."""
    count_from(1)
    Household(timezone.localdate())
    walker = User.objects.get(username="walker")
    count_from(700_000)
    move_in(walker, MARKED)
    return User.objects.get(pk=walker.pk + MARKED)


def routes(patterns: Iterable[Any], space: str = "", front: str = "") -> Iterator[tuple[str, str]]:
    """Name and address of every route; keys stand in the address as they are declared."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, inner, f"{front}{pattern.pattern}")
        else:
            yield f"{space}{pattern.name}", f"{front}{pattern.pattern}"


def own_routes() -> list[str]:
    return sorted(set(names_in(get_resolver().url_patterns)))


def address(name: str, victim: User) -> str:
    """The address of a route with the victim's keys."""
    try:
        return reverse(name, args=OTHER_KEYS.get(name, ()))
    except Exception:
        if name.startswith("api:"):  # whose row it is decides nothing there without a token
            return "/" + re.sub(r"<[^>]+>", "1", dict(routes(get_resolver().url_patterns))[name])
        models = ROWS[max((front for front in ROWS if name.startswith(front)), key=len)]
        keys = [
            model._default_manager.filter(user=victim).order_by("pk").values_list("pk", flat=True)[0]
            for model in models
        ]
        return reverse(name, args=keys)


class Asked(NamedTuple):
    """Status, where it leads, all that is sent, and the digest of the victim's rows as the request left them."""

    status: int
    leads: str
    body: bytes
    rows: str


def asked(client: Client, method: str, path: str, victim: User) -> Asked:
    """One request; what it wrote is taken back, and nobody was signed out."""
    cache.delete_pattern("*")
    cookies = client.cookies.copy()
    with transaction.atomic():
        written = tuples_written()
        answer: Any = client.generic(method, path)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        rows = "" if tuples_written() == written else digests(victim.pk)[0]
        transaction.set_rollback(True)
    client.cookies = cookies
    return Asked(answer.status_code, answer.headers.get("Location", ""), body, rows)


def methods_in_turn(number: int) -> tuple[str, ...]:
    """GET and POST for each route, and of the others one after the other."""
    return ("GET", "POST", OTHER_METHODS[number % len(OTHER_METHODS)])


def test_every_route_is_named_here() -> None:
    assert sorted(name for names in ANSWERS.values() for name in names) == own_routes()


def test_a_stranger_with_the_same_rows(victim: User) -> None:
    """What is declared, no word of the household, and no row of it changed; the stranger's own pages are full."""
    client = signed_in(User.objects.get(username="walker"))
    wrong, before = [], digests(victim.pk)[0]
    for told, names in ANSWERS.items():
        for number, name in enumerate(names):
            path = address(name, victim)
            answers = {method: asked(client, method, path, victim) for method in methods_in_turn(number)}
            found = f"{answers['GET'].status} {answers['POST'].status}"
            if found != told:
                wrong.append(f"{name} answers {found}, not {told}")
            for method, answer in answers.items():
                wrong += [f"{method} {name} shows it"] if MARKER.encode() in answer.body else []
                wrong += [f"{method} {name} fails"] if answer.status >= 500 else []
                wrong += [f"{method} {name} changes it"] if answer.rows not in ("", before) else []
    assert wrong == []


def test_a_change_of_the_victim_is_seen(victim: User) -> None:
    """By the victim's own hand: what the others are tried by can fail."""
    client, path = signed_in(victim), reverse("accounts:reopen", args=[victim.accounts.get(is_active=False).pk])
    before = digests(victim.pk)[0]
    assert asked(client, "POST", path, victim).rows not in ("", before)
    assert digests(victim.pk)[0] == before


def nobody(victim: User) -> Iterator[tuple[str, Client, tuple[str, ...]]]:
    """Who is not signed in, and with which methods they try."""
    yield "anonymous", Client(), ("GET", "POST", *OTHER_METHODS)
    unverified = make_user("unverified")
    unverified.emailaddress_set.update(verified=False)
    client = Client()
    client.post(reverse("account_login"), {"login": "unverified", "password": PASSWORD})
    yield "unverified", client, ("GET", "POST")
    suspended = make_user("suspended")
    client = signed_in(suspended)
    suspended.is_active = False
    suspended.save()
    yield "suspended", client, ("GET", "POST")


def test_who_is_not_signed_in_is_sent_to_the_sign_in(victim: User) -> None:
    """By every method and to every address, the console's too, except those that are declared as public."""
    routed = dict(routes(get_resolver().url_patterns))
    named = [name for name in own_routes() if name not in PLAIN | SIGN_IN and not name.startswith("api:")]
    addresses = [address(name, victim) for name in named]
    addresses += [
        console_address(path) for name, path in routed.items() if name.startswith("admin:") and name != "admin:login"
    ]
    before, wrong = digests(victim.pk)[0], []
    for who, client, methods in nobody(victim):
        for number, path in enumerate(addresses):
            for method in set(methods) & set(methods_in_turn(number)):
                answer = asked(client, method, path, victim)
                if (answer.status, "/auth/login/" in answer.leads, answer.body) != (302, True, b""):
                    wrong.append(f"{who}: {method} {path} answers {answer.status} {answer.leads}")
                wrong += [f"{who}: {method} {path} changes it"] if answer.rows not in ("", before) else []
    assert wrong == []


def console_address(route: str, key: object = 1) -> str:
    """An address of the console with ``key`` for each part that is open."""
    return "/" + re.sub(r"<\w+:\w+>|\(\?P<\w+>[^)]*\)", str(key), route).replace("^", "").replace("$", "")


def test_the_console_is_not_there_for_a_stranger(victim: User) -> None:
    client = signed_in(User.objects.get(username="walker"))
    answers = {
        f"{method} {path}": asked(client, method, console_address(path, victim.pk), victim).status
        for name, path in routes(get_resolver().url_patterns)
        if name.startswith("admin:")
        for method in methods_of(name)
    }
    assert {path: status for path, status in answers.items() if status != 404} == {}


@pytest.mark.parametrize("group", ["support", "operator", "auditor"])
def test_staff_see_no_word_and_change_nothing_by_asking(group: str, victim: User) -> None:
    """Each page of the console, about the household's rows where it is about one, by GET and by an empty POST."""
    client, wrong, before = signed_in(member(group)), [], digests(victim.pk)[0]
    for name, route in routes(get_resolver().url_patterns):
        if not name.startswith("admin:") or name in LEFT_OUT or (group != "operator" and name.endswith(SAME)):
            continue
        path = console_address(route, key_in(name, victim))
        for method in methods_of(name):
            answer = asked(client, method, path, victim)
            if answer.status not in (200, 302, 400, 403, 404, 405):
                wrong.append(f"{method} {path} answers {answer.status}")
            wrong += [f"{method} {path} shows what is masked"] if MASKED.encode() in answer.body else []
            wrong += [f"{method} {path} changes it"] if answer.rows not in ("", before) else []
    assert wrong == []


def methods_of(name: str) -> tuple[str, ...]:
    """The screens of models are all made by one class, which tests of the console ask by POST."""
    return ("GET",) if "_" in name or name.endswith(":None") else ("GET", "POST")


def key_in(name: str, victim: User) -> object:
    """The key of a row of the victim in the table that an address of the console is about."""
    models = {model._meta.label_lower.replace(".", "_"): model for model in apps.get_models() if is_owned(model)}
    model = next((model for label, model in models.items() if name.startswith(f"admin:{label}_")), None)
    row = model._default_manager.filter(user=victim).order_by("pk").first() if model else None
    return row.pk if row else victim.pk
