"""Each index earns its place: the statement it is there for, on seeded data, and the planner's choice.

Nothing is switched off to persuade the planner: the tables hold enough rows for it to want an index.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import Lower

from accounts.models import (
    Account,
    ApiToken,
    EmailVerification,
    FormReceipt,
    KnownDevice,
    PasswordResetToken,
    RateLimit,
    User,
    WebSession,
)
from accounts.signin import hashers
from budgets.models import (
    Budget,
    BudgetAllocation,
    BudgetPeriod,
    IncomeSource,
    RecurringBudgetAllocation,
    RecurringIncomeSource,
    Schedule,
    ScheduleAnswer,
)
from tests.operations.plan.explain import explain
from transactions.models import (
    BalanceCheck,
    Category,
    DeletedImport,
    FileCategory,
    ImportBatch,
    ImportEdit,
    ImportProfile,
    ImportReading,
    Job,
    JobChunk,
    Rule,
    SavedFilter,
    SpendingSummary,
    Subcategory,
    Tag,
    Transaction,
    TransferRefusal,
    UserSpendingSummary,
    ViewRefresh,
)
from transactions.models.bulk_actions import BulkAction
from wealthwise.console.models import ConsoleJob, ConsoleLog
from wealthwise.operations.plan.declared import declared
from wealthwise.operations.plan.ledger import PLAN
from wealthwise.postgres import keyset
from wealthwise.postgres.folding import HasWord

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("seeded")]

OWNER_KEYS = [index for index in declared().values() if index.is_owner_key]

LIST_COLUMNS = (
    "transaction_date",
    "id",
    "amount",
    "description",
    "subcategory_id",
    "account_id",
    "transfer_id",
)
ALLOCATION_COLUMNS = ("subcategory_id", "allocated_amount", "is_recurring_allocation")
MARCH = datetime(2025, 3, 1, tzinfo=UTC)
APRIL = datetime(2025, 4, 1, tzinfo=UTC)
DAY = date(2024, 2, 10)


@dataclass(frozen=True)
class Person:
    """Somebody in the middle of the seeded users, with one row of each kind."""

    user: User
    account: Account
    category: Category
    subcategory: Subcategory
    batch: ImportBatch
    period: BudgetPeriod
    budget: Budget
    allocation: RecurringBudgetAllocation
    income: RecurringIncomeSource
    schedule: Schedule
    filed: Subcategory
    booking: Transaction
    transfer: Transaction


@pytest.fixture
def person(db: None) -> Person:
    user = User.objects.get(username="seed200")
    bookings = Transaction.objects.for_user(user)
    return Person(
        user=user,
        account=Account.objects.for_user(user)[0],
        category=Category.objects.for_user(user)[0],
        subcategory=Subcategory.objects.for_user(user)[0],
        batch=ImportBatch.objects.for_user(user)[0],
        period=BudgetPeriod.objects.for_user(user)[0],
        budget=Budget.objects.for_user(user)[0],
        allocation=RecurringBudgetAllocation.objects.for_user(user).filter(is_active=True).order_by("id")[0],
        income=RecurringIncomeSource.objects.for_user(user).filter(is_active=True)[0],
        schedule=Schedule.objects.for_user(user)[0],
        filed=Subcategory.objects.for_user(user).order_by("id")[0],
        booking=bookings.filter(fingerprint__isnull=False)[0],
        transfer=bookings.filter(transfer_id__isnull=False)[0],
    )


OVERLAP = """SELECT id FROM budget_period WHERE user_id = %s AND period_type = %s
             AND daterange(start_date, end_date, '[]') && daterange(%s, %s, '[]')"""


def listed(person: Person) -> Any:
    return Transaction.objects.for_user(person.user).latest_first().values_list(*LIST_COLUMNS)


Query = Callable[[Person], Any]
# The ledger's own: each stays inside one partition, except the report across users.
ON_THE_LEDGER: dict[str, Query] = {
    "idx_transaction_covering": lambda p: listed(p)[:50],
    "idx_transaction_user_subcategory_date": lambda p: (
        Transaction.objects.for_user(p.user).filter(subcategory=p.subcategory).latest_first()[:50]
    ),
    "idx_transaction_user_account_date": lambda p: (
        Transaction.objects.for_user(p.user).filter(account=p.account).latest_first()[:50]
    ),
    "idx_transaction_user_words": lambda p: (
        Transaction.objects.for_user(p.user)
        .alias(words=Lower("description"))
        .filter(words=p.booking.description.lower())
        .order_by()
    ),
    "idx_transaction_import_batch": lambda p: (
        Transaction.objects.for_user(p.user).filter(import_batch=p.batch).order_by()
    ),
    "idx_transaction_words": lambda p: (
        Transaction.objects.for_user(p.user)
        .filter(Q(HasWord("rare", "description", "comment")) | Q(amount=77))
        .order_by()
    ),
    "idx_transaction_tags": lambda p: (
        Transaction.objects.for_user(p.user).filter(tag_ids__overlap=[Tag.objects.for_user(p.user)[0].pk]).order_by()
    ),
    "idx_transaction_split": lambda p: (
        Transaction.objects.for_user(p.user)
        .filter(split_id=Transaction.objects.for_user(p.user).filter(split_part=2)[0].split_id)
        .order_by()
    ),
    "uq_transaction_fingerprint": lambda p: (
        Transaction.objects.for_user(p.user).filter(fingerprint__in=[p.booking.fingerprint]).order_by()
    ),
    "uq_transaction_transfer_leg": lambda p: (
        Transaction.objects.for_user(p.user).filter(transfer_id=p.transfer.transfer_id).order_by()
    ),
    "transaction_pkey": lambda p: Transaction.objects.for_user(p.user).filter(pk=p.booking.pk),
}
ACROSS_PEOPLE: dict[str, Query] = {
    "idx_transaction_subcategory_date_range": lambda p: Transaction.objects.filter(subcategory=p.subcategory).filter(
        transaction_date__gte=MARCH, transaction_date__lt=APRIL
    ),
}
ELSEWHERE: dict[str, Query] = {
    "idx_user_username": lambda p: User.objects.filter(username="seed7"),
    "idx_user_email": lambda p: User.objects.filter(email="seed7@example.com"),
    "user_uuid_key": lambda p: User.objects.filter(uuid=p.user.uuid),
    "idx_user_legacy_password": lambda p: (hashers._METHODS, []),
    "uq_web_session_key": lambda p: WebSession.objects.filter(session_key="0" * 32),
    "idx_web_session_user": lambda p: WebSession.objects.for_user(p.user),
    "idx_web_session_expire": lambda p: WebSession.objects.filter(expire_date__lte=MARCH),
    "uq_known_device_token": lambda p: KnownDevice.objects.filter(user=p.user, token_hash="0" * 32),
    "uq_api_token_hash": lambda p: ApiToken.objects.filter(token_hash="0" * 32),
    "idx_api_token_user": lambda p: ApiToken.objects.for_user(p.user),
    "uq_rate_limit_key": lambda p: RateLimit.objects.filter(key="0" * 32),
    "idx_rate_limit_expires": lambda p: RateLimit.objects.filter(expires_at__lte=MARCH),
    "idx_email_verification_user_id": lambda p: EmailVerification.objects.filter(user=p.user),
    "email_verification_one_open": lambda p: EmailVerification.objects.filter(user=p.user, verified_at=None),
    "email_verification_token_hash_key": lambda p: EmailVerification.objects.filter(token_hash="0" * 32),
    "idx_password_reset_user_id": lambda p: PasswordResetToken.objects.filter(user=p.user),
    "password_reset_one_open": lambda p: PasswordResetToken.objects.filter(user=p.user, used_at=None),
    "password_reset_token_token_hash_key": lambda p: PasswordResetToken.objects.filter(token_hash="0" * 32),
    "idx_account_user_active": lambda p: Account.objects.for_user(p.user).active(),
    "idx_console_log_person": lambda p: ConsoleLog.objects.filter(person_uuid=p.user.uuid).order_by("-id"),
    "idx_console_log_at": lambda p: ConsoleLog.objects.filter(at__gte=MARCH, at__lt=APRIL).order_by("-at")[:20],
    "idx_console_job_latest": lambda p: ConsoleJob.objects.filter(kind="refresh").order_by("-id")[:1],
    "console_job_one_open": lambda p: ConsoleJob.objects.filter(
        kind="analyze", target="table7", finished_at=None
    ).order_by(),
    "idx_category_user_template": lambda p: Category.objects.for_user(p.user).filter(is_template=True),
    "uq_category_user_name": lambda p: Category.objects.for_user(p.user).filter(name="Category 3").order_by(),
    "idx_subcategory_category_id": lambda p: Subcategory.objects.filter(category=p.category),
    "uq_subcategory_name_category": lambda p: Subcategory.objects.filter(category=p.category, name="Sub 2"),
    "idx_import_batch_account": lambda p: (
        ImportBatch.objects.for_user(p.user).filter(account=p.account).order_by("-id")[:1]
    ),
    "uq_balance_check_day": lambda p: BalanceCheck.objects.for_user(p.user).filter(account=p.account).agreed(),
    "idx_balance_check_import_batch": lambda p: BalanceCheck.objects.for_user(p.user).filter(import_batch=p.batch),
    "uq_saved_filter_user_name": lambda p: SavedFilter.objects.for_user(p.user),
    "idx_file_category_subcategory": lambda p: (
        FileCategory.objects.for_user(p.user).filter(subcategory=p.subcategory).values_list("subcategory_id")
    ),
    "idx_rule_subcategory": lambda p: (
        Rule.objects.for_user(p.user).filter(subcategory=p.subcategory).values_list("subcategory_id")
    ),
    "idx_rule_account": lambda p: Rule.objects.for_user(p.user).filter(account=p.account).values_list("account_id"),
    "uq_tag_user_name": lambda p: Tag.objects.for_user(p.user).order_by(),
    "uq_file_category_user_name": lambda p: FileCategory.objects.for_user(p.user),
    "uq_rule_user_position": lambda p: Rule.objects.for_user(p.user).in_order(),
    "uq_transfer_refusal_pair": lambda p: TransferRefusal.objects.for_user(p.user).values_list("out_id", "into_id"),
    "idx_deleted_import_batch": lambda p: DeletedImport.objects.for_user(p.user).filter(
        import_batch=ImportBatch.objects.for_user(p.user).first()
    ),
    "uq_import_reading_batch": lambda p: ImportReading.objects.for_user(p.user).filter(import_batch=p.batch),
    "idx_job_finished_at": lambda p: Job.objects.filter(finished_at__lt=datetime(2024, 1, 3, tzinfo=UTC)).order_by(),
    "idx_job_latest": lambda p: Job.objects.for_user(p.user).filter(kind="export").order_by("-id")[:1],
    "job_one_open": lambda p: Job.objects.for_user(p.user).unfinished().filter(kind="export").order_by(),
    "uq_job_chunk_number": lambda p: (
        JobChunk.objects.for_user(p.user)
        .filter(job=Job.objects.for_user(p.user)[0], is_result=True)
        .order_by("number")
    ),
    "uq_import_profile_look": lambda p: ImportProfile.objects.for_user(p.user),
    "uq_import_edit_row": lambda p: ImportEdit.objects.for_user(p.user).filter(import_batch=p.batch),
    "idx_import_edit_subcategory": lambda p: ImportEdit.objects.for_user(p.user).filter(subcategory=p.subcategory),
    "idx_import_edit_account": lambda p: ImportEdit.objects.for_user(p.user).filter(account=p.account),
    "uq_deleted_import_identity": lambda p: (
        DeletedImport.objects.for_user(p.user).filter(fingerprint=uuid4(), occurrence=1).values_list("occurrence")
    ),
    "uq_form_receipt_key": lambda p: FormReceipt.objects.filter(user=p.user, key=uuid4()).values_list("key"),
    "uq_spending_summary": lambda p: SpendingSummary.objects.for_user(p.user).filter(
        month__gte=MARCH.date(), month__lt=APRIL.date()
    ),
    "user_spending_summary_key": lambda p: UserSpendingSummary.objects.filter(user=p.user, subcategory=p.subcategory),
    "uq_bulk_action_user": lambda p: BulkAction.objects.for_user(p.user).open(),
    "idx_view_refresh_latest": lambda p: ViewRefresh.objects.filter(view_name="view_7").order_by("-id")[:1],
    "idx_budget_period_user_active": lambda p: BudgetPeriod.objects.for_user(p.user).active(),
    "idx_budget_period_dates": lambda p: BudgetPeriod.objects.filter(start_date__lte=DAY, end_date__gte=DAY),
    "budget_period_no_overlap": lambda p: (OVERLAP, [p.user.pk, "monthly", DAY, DAY]),
    "budget_period_id_key": lambda p: Budget.objects.filter(period=p.period),
    "idx_budget_user_period": lambda p: Budget.objects.for_user(p.user).order_by("period_id"),
    "idx_budget_allocation_covering": lambda p: BudgetAllocation.objects.filter(budget=p.budget).values_list(
        *ALLOCATION_COLUMNS
    ),
    "idx_budget_allocation_subcategory_id": lambda p: BudgetAllocation.objects.filter(
        subcategory=p.allocation.subcategory_id
    ),
    "idx_budget_allocation_recurring": lambda p: BudgetAllocation.objects.for_user(p.user).filter(
        recurring=p.allocation
    ),
    "idx_income_source_budget_id": lambda p: IncomeSource.objects.filter(budget=p.budget),
    "idx_income_source_recurring": lambda p: IncomeSource.objects.for_user(p.user).filter(recurring=p.income),
    "idx_recurring_income_user_active": lambda p: RecurringIncomeSource.objects.for_user(p.user).active(),
    "idx_recurring_allocation_user_active": lambda p: RecurringBudgetAllocation.objects.for_user(p.user).active(),
    "idx_recurring_allocation_subcategory_id": lambda p: RecurringBudgetAllocation.objects.filter(
        subcategory=p.subcategory
    ),
    "idx_recurring_allocation_subcategory_active": lambda p: RecurringBudgetAllocation.objects.filter(
        subcategory=p.subcategory, is_active=True
    ),
    "uq_schedule": lambda p: Schedule.objects.for_user(p.user).filter(account=p.account),
    "idx_schedule_user_subcategory": lambda p: Schedule.objects.for_user(p.user).filter(subcategory=p.filed),
    "uq_schedule_answer": lambda p: ScheduleAnswer.objects.for_user(p.user).filter(schedule=p.schedule),
    "uq_recurring_allocation_active": lambda p: (
        RecurringBudgetAllocation.objects.for_user(p.user).active().values_list("subcategory_id", "period_type")
    ),
}


def without_twin(indexes: set[str]) -> set[str]:
    """Django pairs a unique text field with a pattern index, and equality may use either."""
    return {re.sub(r"_[0-9a-f]{8}_like$", "_key", index) for index in indexes}


def test_every_index_has_its_statement() -> None:
    """Primary keys of small tables need none: Django reads rows by them. Owner keys have their own test."""
    keys = {name for name in declared() if name.endswith("_pkey")} - {"transaction_pkey"}
    keys |= {key.name for key in OWNER_KEYS}
    assert {*ON_THE_LEDGER, *ACROSS_PEOPLE, *ELSEWHERE} == set(declared()) - keys


@pytest.mark.parametrize("name", ON_THE_LEDGER)
def test_a_persons_rows_are_found_by_the_index_in_one_partition(name: str, person: Person) -> None:
    plan = explain(ON_THE_LEDGER[name](person))
    assert plan.indexes == {name}
    assert len(plan.relations) == 1
    assert "Seq Scan" not in plan.types


@pytest.mark.parametrize("name", ACROSS_PEOPLE)
def test_rows_across_people_are_found_by_the_index_in_every_partition(
    name: str, person: Person, settings: Any
) -> None:
    plan = explain(ACROSS_PEOPLE[name](person))
    assert plan.indexes == {name}
    assert len(plan.relations) == max(settings.TRANSACTION_PARTITIONS, 1)
    assert "Seq Scan" not in plan.types


@pytest.mark.parametrize("name", ELSEWHERE)
def test_rows_are_found_by_the_index(name: str, person: Person) -> None:
    plan = explain(ELSEWHERE[name](person))
    assert without_twin(plan.indexes) == {name}
    assert "Seq Scan" not in plan.types


@pytest.mark.parametrize("key", OWNER_KEYS, ids=lambda key: key.name)
def test_an_owner_key_is_a_target_and_a_persons_rows_need_no_scan(key: Any, person: Person) -> None:
    """PostgreSQL refuses the composite keys without it; and it leads with the owner, as the plan asks."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conindid = to_regclass(%s)",
            [key.name],
        )
        assert cursor.fetchone()[0] > 0
    plan = explain((f"SELECT * FROM {key.table} WHERE user_id = %s", [person.user.pk]))
    assert plan.indexes
    assert "Seq Scan" not in plan.types


COVERED: dict[str, Query] = {
    "the first page": ON_THE_LEDGER["idx_transaction_covering"],
    "a page further on": lambda p: keyset.after(
        listed(p), keyset.encode(MARCH, 0), timestamp_field="transaction_date"
    )[:50],
    "totals of a period": lambda p: (
        Transaction.objects.for_user(p.user)
        .filter(transaction_date__gte=MARCH, transaction_date__lt=APRIL)
        .without_transfers()
        .values("subcategory_id")
        .annotate(total=Sum("amount"), rows=Count("id"))
    ),
    "a budget's allocations": ELSEWHERE["idx_budget_allocation_covering"],
}


@pytest.mark.parametrize("what", COVERED)
def test_the_covering_indexes_answer_alone(what: str, person: Person) -> None:
    plan = explain(COVERED[what](person), analyze=True)
    scans = [node for node in plan.nodes if "Index Name" in node]
    assert [node["Node Type"] for node in scans] == ["Index Only Scan"]
    assert [node["Heap Fetches"] for node in scans] == [0]
    assert plan.indexes <= {"idx_transaction_covering", "idx_budget_allocation_covering"}
    assert "Seq Scan" not in plan.types


def test_a_page_in_the_order_of_timestamps_is_read_in_order(person: Person) -> None:
    """Keyset paging costs the same at any depth: the page begins at an index entry and nothing is sorted."""
    plan = explain(COVERED["a page further on"](person), analyze=True)
    assert "Sort" not in plan.types
    assert "ROW(transaction_date, id) <" in str(plan.nodes)
    assert all(node.get("Rows Removed by Filter", 0) == 0 for node in plan.nodes)


# A line of the plan that is not built: its own shape asked as a statement, and the index that answers.
SERVED = [line for line in PLAN if line.served_by]


@pytest.mark.parametrize("line", SERVED, ids=lambda line: line.name)
def test_a_line_that_is_served_needs_no_scan(line: Any, person: Person) -> None:
    columns = [
        column for column in (part.removesuffix(" DESC") for part in line.shape.columns) if column != "is_active"
    ]
    with connection.cursor() as cursor:
        wanted = ", ".join(columns)
        given = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        predicate = f" AND {line.shape.predicate}" if line.shape.predicate else ""
        cursor.execute(
            f"SELECT {wanted} FROM {line.table} WHERE {given}{predicate} ORDER BY {wanted} OFFSET 300 LIMIT 1"
        )
        values = list(cursor.fetchone())
    where = " AND ".join(f"{column} = %s" for column in columns)
    plan = explain((f"SELECT * FROM {line.table} WHERE {where}{predicate}", values))
    assert plan.indexes
    assert "Seq Scan" not in plan.types
