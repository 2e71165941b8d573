"""A client for the API of WealthWise, written by generate_client.py from its description. Do not edit it."""

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NotRequired, TypedDict
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

type Answer = tuple[int, str, bytes]
type Send = Callable[[str, str, dict[str, str], bytes | None], Answer]


class Refused(Exception):
    """The site said no: ``code`` is for programs, ``errors`` are sentences by the field."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail", "The site did not say why."))
        self.problem, self.status, self.code = problem, problem.get("status", 0), problem.get("code", "")
        self.errors: dict[str, list[str]] = problem.get("errors", {})


def over_the_network(method: str, url: str, headers: dict[str, str], data: bytes | None) -> Answer:
    """Status, kind of content, and body."""
    try:
        with urlopen(Request(url, data, headers, method=method), timeout=60) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except HTTPError as error:
        return error.code, error.headers.get("Content-Type", ""), error.read()


def multipart(fields: dict[str, Any]) -> tuple[str, bytes]:
    """The kind of content and the body of a form with files in it, which are bytes."""
    mark, parts = uuid.uuid4().hex, []
    for name, value in fields.items():
        file = '; filename="statement"' if isinstance(value, bytes) else ""
        content = value if isinstance(value, bytes) else str(value).encode()
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode() + content)
    return f"multipart/form-data; boundary={mark}", b"\r\n".join([*parts, f"--{mark}--\r\n".encode()])


class Site:
    """Everything that a token of ``site``, such as https://money.example.org, may do."""

    def __init__(self, site: str, token: str, send: Send = over_the_network) -> None:
        self.base, self.token, self.send = site.rstrip("/"), token, send

    def ask(
        self, method: str, path: str, query: dict[str, Any], body: Any = None, *, form: bool = False, key: str = ""
    ) -> Any:
        """What the site answers; raises Refused."""
        given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        asked = urlencode({name: value for name, value in given.items() if value is not None}, doseq=True)
        headers, data = {"Authorization": f"Bearer {self.token}"}, None
        if key:
            headers["Idempotency-Key"] = key
        if form:
            headers["Content-Type"], data = multipart(body)
        elif body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        address = f"{self.base}{path}?{asked}" if asked else f"{self.base}{path}"
        status, kind, content = self.send(method, address, headers, data)
        if status >= 400:
            raise Refused(json.loads(content) if "json" in kind else {"status": status})
        return json.loads(content) if "json" in kind and content else content


class AccountSeen(TypedDict):
    """`anchor_balance` is what the bank said at the end of `anchored_on`, `balance` what all bookings make of it."""

    id: int
    name: str
    account_type: str
    bank_name: str
    number_last4: str
    anchored_on: str
    anchor_balance: str
    balance: str
    reconciled_to: str | None
    is_open: bool
    closed_on: str | None
    version: str


class AccountsSeen(TypedDict):
    """AccountsSeen, as the site describes it."""

    accounts: "list[AccountSeen]"


class AccountSent(TypedDict):
    """Of `number_last4` only the last four digits are kept, however many are sent."""

    name: str
    account_type: NotRequired[str]
    bank_name: NotRequired[str]
    number_last4: NotRequired[str]
    anchor_balance: NotRequired[str]
    anchored_on: NotRequired[str | None]


class AccountChange(TypedDict):
    """What is not sent stays. `version` is that of the account as you read it."""

    version: str
    name: NotRequired[str | None]
    account_type: NotRequired[str | None]
    bank_name: NotRequired[str | None]
    number_last4: NotRequired[str | None]
    anchor_balance: NotRequired[str | None]
    anchored_on: NotRequired[str | None]


class ClosingSent(TypedDict):
    """`balance` is what you know the account holds: it leaves the net worth."""

    balance: NotRequired[str]


class CategoriesSeen(TypedDict):
    """CategoriesSeen, as the site describes it."""

    categories: "list[CategorySeen]"


class CategorySeen(TypedDict):
    """CategorySeen, as the site describes it."""

    id: int
    name: str
    kind: str
    is_archived: bool
    subcategories: "list[SubcategorySeen]"


class SubcategorySeen(TypedDict):
    """SubcategorySeen, as the site describes it."""

    id: int
    name: str
    category: int
    is_archived: bool


class CategorySent(TypedDict):
    """CategorySent, as the site describes it."""

    name: str
    kind: NotRequired[str]


class SubcategorySent(TypedDict):
    """SubcategorySent, as the site describes it."""

    name: str
    category: int


class TagSeen(TypedDict):
    """TagSeen, as the site describes it."""

    id: int
    name: str


class TagsSeen(TypedDict):
    """TagsSeen, as the site describes it."""

    tags: "list[TagSeen]"


class TagSent(TypedDict):
    """TagSent, as the site describes it."""

    name: str


class PageQuery(TypedDict):
    """`after` is the `next` of the page before."""

    q: NotRequired[str | None]
    account: NotRequired[list[int]]
    category: NotRequired[list[int]]
    subcategory: NotRequired[list[int]]
    tag: NotRequired[list[int]]
    period: NotRequired[int | None]
    direction: NotRequired[str | None]
    amount_from: NotRequired[str | None]
    amount_to: NotRequired[str | None]
    date_from: NotRequired[str | None]
    date_to: NotRequired[str | None]
    uncategorised: NotRequired[bool]
    imported: NotRequired[bool]
    batch: NotRequired[int | None]
    description: NotRequired[str | None]
    after: NotRequired[str | None]
    limit: NotRequired[int]


class TransactionPage(TypedDict):
    """The newest first. `next` is null on the last page."""

    items: "list[TransactionSeen]"
    next: str | None


class TransactionSeen(TypedDict):
    """A booking. `amount` is below zero for an expense. One side of a transfer has `transfer`; parts that were one
    row have the same `split`, and a change of day, account or description of one is a change of all of them."""

    id: int
    day: str
    time: str | None
    amount: str
    description: str
    comment: str
    account: int | None
    subcategory: int | None
    tags: list[str]
    transfer: str | None
    split: str | None
    version: str


class TransactionSent(TypedDict):
    """A booking to add. `amount` is below zero for an expense; tags that are new are made."""

    amount: str
    description: str
    day: str
    time: NotRequired[str | None]
    account: NotRequired[int | None]
    subcategory: NotRequired[int | None]
    comment: NotRequired[str]
    tags: NotRequired[list[str]]


class TransactionsSeen(TypedDict):
    """TransactionsSeen, as the site describes it."""

    transactions: "list[TransactionSeen]"


class TransactionsSent(TypedDict):
    """TransactionsSent, as the site describes it."""

    transactions: "list[TransactionSent]"


class ChangeMade(TypedDict):
    """What was done in words. `undo` is the id by which it is taken back, while no other change follows."""

    sentence: str
    undo: int


class Selected(TypedDict):
    """Which rows a change is about: these ids, or with `filter` (the query string of a list) all that match it.
    `seen` is how many there are as far as you know: where it is another number nothing is changed."""

    ids: NotRequired[list[int] | None]
    filter: NotRequired[str | None]
    seen: int
    subcategory: NotRequired[int | None]
    account: NotRequired[int | None]
    tag: NotRequired[int | None]
    untag: NotRequired[int | None]
    delete: NotRequired[bool]


class Undone(TypedDict):
    """Undone, as the site describes it."""

    sentence: str


class TransactionChange(TypedDict):
    """What becomes of a booking; what is not sent stays. `version` is that of the row as you read it."""

    version: str
    amount: NotRequired[str | None]
    description: NotRequired[str | None]
    day: NotRequired[str | None]
    time: NotRequired[str | None]
    account: NotRequired[int | None]
    subcategory: NotRequired[int | None]
    comment: NotRequired[str | None]
    tags: NotRequired[list[str] | None]


class TransferSeen(TypedDict):
    """Both sides: `out` is the one below zero."""

    id: str
    out: "TransactionSeen"
    into: "TransactionSeen"
    version: str


class TransferSent(TypedDict):
    """`amount` goes from the account `source` to the account `target`."""

    amount: str
    source: int
    target: int
    day: str
    time: NotRequired[str | None]
    description: NotRequired[str]
    comment: NotRequired[str]
    tags: NotRequired[list[str]]


class SidesSent(TypedDict):
    """Two rows that are there: `out` below zero, `into` as much above it, in two accounts, some days apart."""

    out: int
    into: int


class TransferChange(TypedDict):
    """What both sides become. Day, time and words are those of `side`; the other side keeps its own."""

    amount: str
    source: int
    target: int
    day: str
    time: NotRequired[str | None]
    description: NotRequired[str]
    comment: NotRequired[str]
    tags: NotRequired[list[str]]
    version: str
    side: int


class PartingSent(TypedDict):
    """`is_none` remembers that the two are no transfer, so that they are not offered as one again."""

    is_none: NotRequired[bool]


class PeriodSeen(TypedDict):
    """PeriodSeen, as the site describes it."""

    id: int
    name: str
    period_type: str
    start: str
    end: str
    is_active: bool


class PeriodsSeen(TypedDict):
    """The latest first."""

    periods: "list[PeriodSeen]"


class PeriodSent(TypedDict):
    """Both days are in it; `keep_days` says that days which are odd for the type are meant."""

    name: str
    period_type: str
    start: str
    end: str
    keep_days: NotRequired[bool]


class BudgetSeen(TypedDict):
    """A period with its plan and what became of it, as on the page of the budget."""

    period: "PeriodSeen"
    income: "list[IncomeSeen]"
    income_total: str
    brought_forward: str
    available: str
    allocated: str
    to_allocate: str
    received: str
    spent: str
    left: str
    uncategorised: str
    lines: "list[LineSeen]"


class IncomeSeen(TypedDict):
    """IncomeSeen, as the site describes it."""

    id: int
    name: str
    amount: str


class LineSeen(TypedDict):
    """A subcategory in a period. `allocated` is null where nothing is set aside; `left` is below zero if
    overspent."""

    subcategory: int
    name: str
    category: int
    allocated: str | None
    carried: str
    spent: str
    left: str


class AllocationSent(TypedDict):
    """AllocationSent, as the site describes it."""

    allocated: str


class DueSeen(TypedDict):
    """What is expected on a day and no row has settled."""

    schedule: int
    description: str
    day: str
    amount: str
    account: int
    is_late: bool


class ExpectedSeen(TypedDict):
    """What an account should hold at the end of `until`, and the lowest until then."""

    account: int
    balance: str
    lowest: str


class UpcomingSeen(TypedDict):
    """What is late, and what is due up to the next pay day; `until` is the day before it."""

    due: "list[DueSeen]"
    pay_day: str | None
    until: str
    expected: "list[ExpectedSeen]"


class AccountDaysQuery(TypedDict):
    """AccountDaysQuery, as the site describes it."""

    date_from: str
    date_to: NotRequired[str | None]
    by: NotRequired[str]
    account: NotRequired[int | None]


class SpendingSeen(TypedDict):
    """SpendingSeen, as the site describes it."""

    rows: "list[SpentSeen]"
    total: str


class SpentSeen(TypedDict):
    """Of the month or year that begins on `start`. `category` is null for what is uncategorised."""

    start: str
    category: int | None
    name: str
    spent: str


class CashFlowSeen(TypedDict):
    """CashFlowSeen, as the site describes it."""

    rows: "list[FlowSeen]"


class FlowSeen(TypedDict):
    """FlowSeen, as the site describes it."""

    start: str
    income: str
    spent: str
    net: str


class DaysQuery(TypedDict):
    """Both days are in it; `by` is what the figures are of. Without a last day, today is."""

    date_from: str
    date_to: NotRequired[str | None]
    by: NotRequired[str]


class NetWorthSeen(TypedDict):
    """NetWorthSeen, as the site describes it."""

    rows: "list[WorthSeen]"


class WorthSeen(TypedDict):
    """At the end of `day`."""

    day: str
    owned: str
    owed: str
    net: str


class CheckSeen(TypedDict):
    """`difference` is what the ledger lacked of what the bank said, when it was checked. It is over once it
    agrees."""

    id: int
    account: int
    day: str
    stated: str
    ledger: str
    difference: str
    outcome: str


class ChecksSeen(TypedDict):
    """The latest first."""

    checks: "list[CheckSeen]"


class CheckSent(TypedDict):
    """What the bank said that the account held at the end of `day`."""

    day: str
    stated: str


class ImportSeen(TypedDict):
    """A statement file. Counts are those of the commit; before it they are 0."""

    id: int
    account: int
    file_name: str
    kind: str
    state: str
    new: int
    duplicate: int
    left_out: int
    errors: int


class ImportsSeen(TypedDict):
    """The latest first."""

    imports: "list[ImportSeen]"


class JobSeen(TypedDict):
    """Long work. `file` says whether it made one, which is kept for a day."""

    id: int
    kind: str
    outcome: str
    done: int
    total: int
    note: str
    faults: list[str]
    file: bool


class Received(TypedDict):
    """`job` is there where the files are read by one; `faults` say what could not be taken, and why."""

    imports: "list[ImportSeen]"
    faults: list[str]
    job: "JobSeen | None"


class CheckOfImport(TypedDict):
    """What a commit would do now. `doubts` are what the site is not sure of about how the file is read: read them.
    `proof` says how far the file's own balances prove the reading. At most 1,000 rows are shown."""

    new: int
    duplicate: int
    left_out: int
    rows: "list[StatementRowSeen]"
    errors: "list[StatementErrorSeen]"
    doubts: list[str]
    proof: str


class StatementErrorSeen(TypedDict):
    """StatementErrorSeen, as the site describes it."""

    line: int
    reason: str


class StatementRowSeen(TypedDict):
    """A row of the file. `status` says what a commit makes of it: new rows are booked, all others are not."""

    line: int
    day: str
    amount: str
    description: str
    status: str
    is_new: bool
    subcategory: int | None


class CommitSent(TypedDict):
    """`new` is how many rows you saw that a commit would book; where it is another number nothing is booked."""

    new: int


class ExportSent(TypedDict):
    """ExportSent, as the site describes it."""

    format: str


class JobsSeen(TypedDict):
    """JobsSeen, as the site describes it."""

    jobs: "list[JobSeen]"


class Problem(TypedDict):
    """What was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: NotRequired[dict[str, Any]]
    current: NotRequired[dict[str, Any]]


class WealthWise(Site):
    """Everything that a token may do."""

    def every_transaction(self, **filters: Any) -> Iterator[TransactionSeen]:
        """All that match, page by page."""
        after = None
        while True:
            page = self.list_transactions(after=after, **filters)
            yield from page["items"]
            if (after := page["next"]) is None:
                return

    def list_accounts(self) -> AccountsSeen:
        """List accounts."""
        return self.ask("GET", f"/api/v1/accounts", {})

    def create_account(self, body: AccountSent, *, key: str = "") -> AccountSeen:
        """Add an account. With an `Idempotency-Key` it is added once however often it is sent."""
        return self.ask("POST", f"/api/v1/accounts", {}, body, key=key)

    def read_account(self, account_id: int) -> AccountSeen:
        """Read an account."""
        return self.ask("GET", f"/api/v1/accounts/{account_id}", {})

    def change_account(self, account_id: int, body: AccountChange, *, agreed: bool | None = None) -> AccountSeen:
        """Change an account. 409 with what is there now where somebody changed it since that `version`."""
        return self.ask("PATCH", f"/api/v1/accounts/{account_id}", {"agreed": agreed}, body)

    def close_account(self, account_id: int, body: ClosingSent) -> AccountSeen:
        """Close an account. It keeps its transactions and can be opened again. Refused where it holds something
        else by now."""
        return self.ask("POST", f"/api/v1/accounts/{account_id}/close", {}, body)

    def reopen_account(self, account_id: int) -> AccountSeen:
        """Open an account again."""
        return self.ask("POST", f"/api/v1/accounts/{account_id}/reopen", {})

    def list_categories(self) -> CategoriesSeen:
        """List categories with their subcategories."""
        return self.ask("GET", f"/api/v1/categories", {})

    def create_category(self, body: CategorySent, *, key: str = "") -> CategorySeen:
        """Add a category."""
        return self.ask("POST", f"/api/v1/categories", {}, body, key=key)

    def change_category(self, category_id: int, body: CategorySent, *, agreed: bool | None = None) -> CategorySeen:
        """Rename a category, or change its kind."""
        return self.ask("PUT", f"/api/v1/categories/{category_id}", {"agreed": agreed}, body)

    def delete_category(self, category_id: int, *, target: int | None = None, agreed: bool | None = None) -> None:
        """Delete a category. What is filed under it moves to the subcategory `target`, which is needed where there
        is something."""
        self.ask("DELETE", f"/api/v1/categories/{category_id}", {"target": target, "agreed": agreed})

    def create_subcategory(self, body: SubcategorySent, *, key: str = "") -> SubcategorySeen:
        """Add a subcategory."""
        return self.ask("POST", f"/api/v1/subcategories", {}, body, key=key)

    def change_subcategory(self, subcategory_id: int, body: SubcategorySent, *, agreed: bool | None = None) -> SubcategorySeen:
        """Rename or move a subcategory."""
        return self.ask("PUT", f"/api/v1/subcategories/{subcategory_id}", {"agreed": agreed}, body)

    def delete_subcategory(self, subcategory_id: int, *, target: int | None = None, agreed: bool | None = None) -> None:
        """Delete a subcategory. What is filed under it moves to the subcategory `target`, which is needed where
        there is something."""
        self.ask("DELETE", f"/api/v1/subcategories/{subcategory_id}", {"target": target, "agreed": agreed})

    def list_tags(self) -> TagsSeen:
        """List tags."""
        return self.ask("GET", f"/api/v1/tags", {})

    def create_tag(self, body: TagSent, *, key: str = "") -> TagSeen:
        """Add a tag."""
        return self.ask("POST", f"/api/v1/tags", {}, body, key=key)

    def change_tag(self, tag_id: int, body: TagSent) -> TagSeen:
        """Rename a tag."""
        return self.ask("PUT", f"/api/v1/tags/{tag_id}", {}, body)

    def delete_tag(self, tag_id: int) -> None:
        """Delete a tag, and take it off every row."""
        self.ask("DELETE", f"/api/v1/tags/{tag_id}", {})

    def list_transactions(self, *, q: str | None = None, account: list[int] | None = None, category: list[int] | None = None, subcategory: list[int] | None = None, tag: list[int] | None = None, period: int | None = None, direction: str | None = None, amount_from: str | None = None, amount_to: str | None = None, date_from: str | None = None, date_to: str | None = None, uncategorised: bool | None = None, imported: bool | None = None, batch: int | None = None, description: str | None = None, after: str | None = None, limit: int | None = None) -> TransactionPage:
        """List transactions."""
        return self.ask("GET", f"/api/v1/transactions", {"q": q, "account": account, "category": category, "subcategory": subcategory, "tag": tag, "period": period, "direction": direction, "amount_from": amount_from, "amount_to": amount_to, "date_from": date_from, "date_to": date_to, "uncategorised": uncategorised, "imported": imported, "batch": batch, "description": description, "after": after, "limit": limit})

    def create_transaction(self, body: TransactionSent, *, agreed: bool | None = None, key: str = "") -> TransactionSeen:
        """Add a transaction. With an `Idempotency-Key` it is added once however often it is sent."""
        return self.ask("POST", f"/api/v1/transactions", {"agreed": agreed}, body, key=key)

    def create_transactions(self, body: TransactionsSent, *, agreed: bool | None = None, key: str = "") -> TransactionsSeen:
        """Add up to 1,000 transactions. All of them or none, in one statement. They come back in the order in
        which they were sent."""
        return self.ask("POST", f"/api/v1/transactions/batch", {"agreed": agreed}, body, key=key)

    def change_transactions(self, body: Selected, *, agreed: bool | None = None) -> ChangeMade:
        """Change or delete many transactions. Give one of `subcategory`, `account`, `tag`, `untag` and `delete`.
        One statement, and one undo."""
        return self.ask("POST", f"/api/v1/transactions/change", {"agreed": agreed}, body)

    def undo_change(self, action_id: int) -> Undone:
        """Take the last change back."""
        return self.ask("POST", f"/api/v1/transactions/undo/{action_id}", {})

    def read_transaction(self, transaction_id: int) -> TransactionSeen:
        """Read a transaction."""
        return self.ask("GET", f"/api/v1/transactions/{transaction_id}", {})

    def change_transaction(self, transaction_id: int, body: TransactionChange, *, agreed: bool | None = None) -> TransactionSeen:
        """Change a transaction. 409 with what is there now where somebody changed it since that `version`. Sides
        of transfers are changed as transfers."""
        return self.ask("PATCH", f"/api/v1/transactions/{transaction_id}", {"agreed": agreed}, body)

    def delete_transaction(self, transaction_id: int, *, version: str | None = None, agreed: bool | None = None) -> ChangeMade:
        """Delete a transaction. Of a side of a transfer, both are deleted. With `version`, only while the row is
        still as you read it."""
        return self.ask("DELETE", f"/api/v1/transactions/{transaction_id}", {"version": version, "agreed": agreed})

    def create_transfer(self, body: TransferSent, *, agreed: bool | None = None, key: str = "") -> TransferSeen:
        """Move money between two accounts. With an `Idempotency-Key` it is added once however often it is sent."""
        return self.ask("POST", f"/api/v1/transfers", {"agreed": agreed}, body, key=key)

    def join_transfer(self, body: SidesSent) -> TransferSeen:
        """Join two transactions to a transfer."""
        return self.ask("POST", f"/api/v1/transfers/join", {}, body)

    def read_transfer(self, transfer_id: str) -> TransferSeen:
        """Read a transfer."""
        return self.ask("GET", f"/api/v1/transfers/{transfer_id}", {})

    def change_transfer(self, transfer_id: str, body: TransferChange, *, agreed: bool | None = None) -> TransferSeen:
        """Change a transfer. 409 with what is there now where somebody changed it since that `version`."""
        return self.ask("PUT", f"/api/v1/transfers/{transfer_id}", {"agreed": agreed}, body)

    def delete_transfer(self, transfer_id: str, *, agreed: bool | None = None) -> ChangeMade:
        """Delete both sides of a transfer."""
        return self.ask("DELETE", f"/api/v1/transfers/{transfer_id}", {"agreed": agreed})

    def part_transfer(self, transfer_id: str, body: PartingSent) -> None:
        """Make two transactions of a transfer again."""
        self.ask("POST", f"/api/v1/transfers/{transfer_id}/part", {}, body)

    def list_periods(self) -> PeriodsSeen:
        """List periods."""
        return self.ask("GET", f"/api/v1/periods", {})

    def create_period(self, body: PeriodSent, *, key: str = "") -> PeriodSeen:
        """Open a period. Refused where one of its type has a day of it."""
        return self.ask("POST", f"/api/v1/periods", {}, body, key=key)

    def read_budget(self, period_id: int) -> BudgetSeen:
        """Read the budget of a period. Allocated, spent and left by subcategory."""
        return self.ask("GET", f"/api/v1/periods/{period_id}/budget", {})

    def allocate(self, period_id: int, subcategory_id: int, body: AllocationSent) -> BudgetSeen:
        """Set money aside. For one subcategory; all others stay."""
        return self.ask("PUT", f"/api/v1/periods/{period_id}/lines/{subcategory_id}", {}, body)

    def read_upcoming(self) -> UpcomingSeen:
        """What is due."""
        return self.ask("GET", f"/api/v1/schedules/upcoming", {})

    def read_spending(self, *, date_from: str, date_to: str | None = None, by: str | None = None, account: int | None = None) -> SpendingSeen:
        """Spending by category. Expenses less refunds; transfers are none."""
        return self.ask("GET", f"/api/v1/reports/spending", {"date_from": date_from, "date_to": date_to, "by": by, "account": account})

    def read_cash_flow(self, *, date_from: str, date_to: str | None = None, by: str | None = None, account: int | None = None) -> CashFlowSeen:
        """Income against spending."""
        return self.ask("GET", f"/api/v1/reports/cash-flow", {"date_from": date_from, "date_to": date_to, "by": by, "account": account})

    def read_net_worth(self, *, date_from: str, date_to: str | None = None, by: str | None = None) -> NetWorthSeen:
        """Net worth over time. The first point is the day before the first."""
        return self.ask("GET", f"/api/v1/reports/net-worth", {"date_from": date_from, "date_to": date_to, "by": by})

    def list_checks(self, account_id: int) -> ChecksSeen:
        """List balance checks of an account."""
        return self.ask("GET", f"/api/v1/accounts/{account_id}/checks", {})

    def create_check(self, account_id: int, body: CheckSent) -> CheckSeen:
        """Compare with the bank. Safe to repeat: of one day there is one, as it was said last."""
        return self.ask("POST", f"/api/v1/accounts/{account_id}/checks", {}, body)

    def anchor_check(self, check_id: int) -> CheckSeen:
        """Take what the bank said as it is. The account is anchored there: its balances follow from it."""
        return self.ask("POST", f"/api/v1/checks/{check_id}/anchor", {})

    def delete_check(self, check_id: int) -> None:
        """Forget a balance check."""
        self.ask("DELETE", f"/api/v1/checks/{check_id}", {})

    def list_imports(self) -> ImportsSeen:
        """List imports. The last 50."""
        return self.ask("GET", f"/api/v1/imports", {})

    def create_import(self, account: int, file: bytes) -> Received:
        """Upload a statement. Of 1 MB at most; longer ones are sent on the page. Nothing is booked until you
        commit it."""
        return self.ask("POST", f"/api/v1/imports", {}, {"account": account, "file": file}, form=True)

    def read_import(self, import_id: int) -> ImportSeen:
        """Read an import."""
        return self.ask("GET", f"/api/v1/imports/{import_id}", {})

    def delete_import(self, import_id: int) -> None:
        """Forget a file that was not booked."""
        self.ask("DELETE", f"/api/v1/imports/{import_id}", {})

    def check_import(self, import_id: int) -> CheckOfImport:
        """What a commit would book. 409 with code `working` while a long file is read; ask again."""
        return self.ask("GET", f"/api/v1/imports/{import_id}/check", {})

    def commit_import(self, import_id: int, body: CommitSent) -> ImportSeen:
        """Book what was read. Rows are filed as the page would propose. A long file is booked by a job."""
        return self.ask("POST", f"/api/v1/imports/{import_id}/commit", {}, body)

    def revert_import(self, import_id: int, *, agreed: bool | None = None) -> ImportSeen:
        """Take an import back. Removes the rows that came of it, changed since or not."""
        return self.ask("POST", f"/api/v1/imports/{import_id}/revert", {"agreed": agreed})

    def create_export(self, body: ExportSent) -> JobSeen:
        """Begin an export of everything. Ask for the job until it is done, then for its file. One of each format
        is made at a time."""
        return self.ask("POST", f"/api/v1/exports", {}, body)

    def list_jobs(self) -> JobsSeen:
        """List long work. The last 50."""
        return self.ask("GET", f"/api/v1/jobs", {})

    def read_job(self, job_id: int) -> JobSeen:
        """How far long work is."""
        return self.ask("GET", f"/api/v1/jobs/{job_id}", {})

    def read_file(self, job_id: int) -> bytes:
        """Download what was made. For a day. 404 where there is none, or not yet."""
        return self.ask("GET", f"/api/v1/jobs/{job_id}/file", {})
