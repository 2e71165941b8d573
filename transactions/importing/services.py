"""Importing a statement: stage, configure, preview, commit; then revert, or discard before.

Locks are taken in one order: the batch, the subcategories that are filed under, typed rows that are joined, the
account. Two confirmations of one batch meet at the batch, imports into one account at the account, so that the second
of them counts what the first has stored. A revert leaves the account to the triggers, which lock it after the rows, as
every other deletion does.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from transactions.balances.reconciled import ask_for_all, in_words
from transactions.bulk.statements import forget_deletions
from transactions.importing import balances, readings
from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.reader import accounts_in, has_account_column
from transactions.importing.detect import kind_of, parse
from transactions.importing.draft.edits import Edit, Identity, Listed, edits_of, forget, write
from transactions.importing.draft.mending import MOST_MENDED
from transactions.importing.draft.merging import RowTyped, merge
from transactions.importing.filing import categories
from transactions.importing.formats.encodings import ENCODINGS
from transactions.importing.formats.parts import SeveralAccounts
from transactions.importing.formats.rows import Statement, StatementError
from transactions.importing.formats.text import clean_text
from transactions.importing.loading import load, written
from transactions.importing.matching import hold, join, part
from transactions.importing.packed.hooks import recognisers
from transactions.importing.packed.unpacking import SentFile, unpacked
from transactions.importing.preview import (
    NO_SUGGESTIONS,
    CheckedRow,
    Preview,
    Suggestions,
    compare,
    identified,
    meant_by,
    read,
    read_file,
    suggest,
    way_of,
)
from transactions.importing.profiles import services as profiles
from transactions.importing.profiles.proposals import described, proposed_days, proposed_layout
from transactions.importing.several.accounts import MOST_ACCOUNTS, MOST_WAITING, FoundAccount
from transactions.models import DeletedImport, ImportBatch, Subcategory, Transaction
from wealthwise.core.errors import DomainError, NotFound, balances_fit
from wealthwise.core.locales import show_count
from wealthwise.core.progress import Advance, unwatched
from wealthwise.postgres.sql import rows_as

ERRORS_KEPT = 500
_NEITHER_ROWS_NOR_ERRORS = "There is no transaction in this file."
_HANDWORK = """
    SELECT count(*), count(*) FILTER (
               WHERE (SELECT system_identifier FROM pg_control_system())::text || ':' || tableoid = %(place)s
                 AND xmin::text <> %(writer)s), count(transfer_id)
    FROM transaction WHERE user_id = %(user)s AND import_batch_id = %(batch)s
"""


# What becomes of a row and the id of what it is filed under; None where that changes nothing.
type Change = Callable[[CheckedRow, int | None], Edit | None]


class ImportRefused(DomainError):
    """The file, the account or the state of the import does not allow it."""


class NothingReceived(DomainError):
    """None of several files can be read; ``faults`` say why, by their names."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("None of these files can be read.")
        self.faults = faults


class AlreadyDone(DomainError):
    """Somebody was here before, most likely the same user in another tab. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Handwork:
    """What became of the rows of an import: how many are left, were changed since, or are legs of a transfer."""

    rows: int
    changed: int
    transfers: int


@transaction.atomic
def stage(*, user: User, account: Account, file_name: str, data: bytes) -> ImportBatch:
    """Keep an uploaded file for the next steps. Raises StatementError or ImportRefused; then nothing is kept."""
    if account.user_id != user.pk:
        raise ImportRefused("That account is not one of yours.")
    kind = kind_of(file_name, data)
    statement = None
    if kind == "csv":
        layout = proposed_layout(user, account, data)
    else:
        layout = proposed_days(user, data) if kind == "qif" else {}
        try:
            statement = parse(data, file_name, meant=meant_by(account, layout))
        except SeveralAccounts as several:
            if (count := len(several.found)) > MOST_ACCOUNTS:
                sentence = f"The file holds {show_count(count)} accounts, more than {MOST_ACCOUNTS}."
                raise StatementError(f"{sentence} Export fewer of them at once.") from several
            layout["parts"] = [[name, rows, day and day.isoformat()] for name, rows, day in several.found]
        if statement and not statement.rows and not statement.errors:
            raise StatementError(_NEITHER_ROWS_NOR_ERRORS)
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=user.pk)  # two at once are counted in turn
    if ImportBatch.objects.for_user(user).filter(state=ImportBatch.State.UPLOADED).count() >= MOST_WAITING:
        raise ImportRefused(f"{MOST_WAITING} files are waiting for you already. Confirm or discard one of them first.")
    batch = ImportBatch.objects.create(
        user=user, account=account, file_name=_shown_name(file_name), kind=kind, content=data, layout=layout
    )
    if statement and readings.is_long(batch):
        readings.keep(batch, readings.digest_of(*way_of(batch)), statement)
    return batch


def _refuse_ledgers(data: bytes) -> None:
    """A whole ledger read as a statement would be wrong money: its transfers would count as spending."""
    for recognise in recognisers:
        if name := recognise(data):
            raise ImportRefused(
                f"This is an export of {name} with several accounts, and no statement of one: its transfers would "
                "count as spending. Bring it in under “Move in from another application”, at the top of this page."
            )


def receive(
    *, user: User, account: Account, sent: Iterable[SentFile], advance: Advance = unwatched
) -> tuple[list[ImportBatch], list[str]]:
    """Keep each statement in what was sent, also in archives and spreadsheets; and say what is none, by its name.

    What one file is refused for keeps none of the others out. Raises the refusal where that leaves nothing.
    """
    batches, refusals = list[ImportBatch](), list[DomainError]()
    told = list[str]()
    for file in sent:
        try:
            _refuse_ledgers(file.data)
            files = unpacked(file.name, file.data)
        except (StatementError, ImportRefused) as refusal:
            files, refusals = [], [*refusals, refusal]
            told.append(f"{_shown_name(file.name)}: {refusal}")
        for number, each in enumerate(files):
            advance(number, len(files))
            try:
                batches.append(stage(user=user, account=account, file_name=each.name, data=each.data))
            except DomainError as refusal:
                refusals.append(refusal)
                told.append(f"{_shown_name(each.name)}: {refusal}")
    if not batches and refusals:
        raise refusals[0] if len(refusals) == 1 else NothingReceived(told)
    return batches, told


@transaction.atomic
def keep_reading(*, batch: ImportBatch, encoding: str | None = None, advance: Advance = unwatched) -> Statement:
    """Read a long file whole and keep what it says, in another encoding if one is given; then the file remembers that.

    Raises StatementError, DomainError or AlreadyDone; then nothing is kept.
    """
    held = _hold(batch)
    _must_wait(held)
    if held.kind == "qif" and "day_first" not in held.layout:
        held.layout |= proposed_days(held.user, readings.content_of(held))
    if encoding is not None:
        held.layout["encoding"] = encoding
    statement = read_file(held, advance)
    if not statement.rows and not statement.errors:
        raise StatementError(_NEITHER_ROWS_NOR_ERRORS)
    readings.keep(held, readings.digest_of(*way_of(held)), statement)
    held.save(update_fields=["layout"])
    return statement


@transaction.atomic
def configure(*, batch: ImportBatch, layout: CsvLayout) -> ImportBatch:
    """Read the staged CSV by this layout from now on. Raises StatementError, ImportRefused or AlreadyDone."""
    held = _hold(batch)
    _must_wait(held)
    if held.kind != "csv":
        raise ImportRefused("Only a CSV file has columns to choose.")
    _lay_out(held, replace(layout, ambiguous_dates=False, is_guessed=False))
    return held


def _lay_out(held: ImportBatch, layout: CsvLayout) -> None:
    """Keep how a CSV is read, beside what is of this file alone."""
    kept = {name: held.layout[name] for name in ("part", "mended") if name in held.layout}
    held.layout = described(readings.beginning_of(held), layout) | kept
    held.save(update_fields=["layout"])


def accounts_of(batch: ImportBatch) -> list[FoundAccount]:
    """The accounts of a staged file where it has several and nobody said which is meant. Raises StatementError."""
    if "part" in batch.layout:
        return []
    if batch.kind == "csv":
        layout = CsvLayout.from_dict(batch.layout)
        is_told = has_account_column(readings.beginning_of(batch), layout)
        found = accounts_in(readings.content_of(batch), layout) if is_told else []
    else:
        found = [(name, rows, day and date.fromisoformat(day)) for name, rows, day in batch.layout.get("parts", [])]
    return [FoundAccount(*each) for each in found] if 1 < len(found) <= MOST_ACCOUNTS else []


def has_new_names(batch: ImportBatch) -> bool:
    """Whether a staged CSV has categories that nobody was asked about."""
    if not batch.layout.get("category_columns"):
        return False
    return any(not each.is_known for each in categories.named_in(batch.user, read(batch).rows))


def fitting(*, batch: ImportBatch) -> profiles.Fits:
    """The profiles that fit a staged CSV."""
    batch.account.user = batch.user  # known already
    seen = CsvLayout.from_dict(batch.layout)
    return profiles.fits(account=batch.account, names=batch.layout.get("names", []), seen=seen)


@transaction.atomic
def read_as(*, batch: ImportBatch, profile_id: int) -> None:
    """Read the staged CSV as the files of a profile. Raises NotFound, StatementError or AlreadyDone."""
    held = _hold(batch)
    _must_wait(held)
    found = fitting(batch=held)
    fit = next((fit for fit in (found.own, *found.others) if fit and fit.profile.pk == profile_id), None)
    if fit is None:
        raise NotFound("No such profile fits this file.")
    _lay_out(held, fit.layout)


@transaction.atomic
def order_days(*, batch: ImportBatch, day_first: bool) -> None:
    """Read the days of a staged QIF in this order from now on. Raises ImportRefused or AlreadyDone."""
    held = _hold(batch)
    _must_wait(held)
    if held.kind != "qif":
        raise ImportRefused("Only a QIF file leaves the order of day and month open.")
    held.layout = {**held.layout, "day_first": day_first}
    held.save(update_fields=["layout"])


@transaction.atomic
def choose_encoding(*, batch: ImportBatch, encoding: str) -> None:
    """Read the letters of a staged file that is no CSV in this encoding; empty for what it tells of itself.

    Raises StatementError when it cannot be read so, ImportRefused or AlreadyDone.
    """
    held = _hold(batch)
    _must_wait(held)
    if held.kind == "csv" or encoding not in ("", *ENCODINGS):
        raise ImportRefused("That is no encoding that can be chosen for this file.")
    held.layout = {**held.layout, "encoding": encoding}
    read(held)
    held.save(update_fields=["layout"])


def preview(*, batch: ImportBatch) -> Preview:
    """What a commit would do now, without doing it. Raises StatementError, ImportRefused or AlreadyDone."""
    _must_wait(batch)
    return _look(batch)


@transaction.atomic
def change_rows(*, batch: ImportBatch, rows: Mapping[Identity, RowTyped]) -> None:
    """Keep what was decided about rows of a waiting file, over what was decided before.

    Raises RowsChangedMeanwhile where another tab decided the same otherwise, ImportRefused or AlreadyDone.
    """
    held = _hold(batch)
    _must_wait(held)
    edits = merge(rows, edits_of(held, {fingerprint for fingerprint, _ in rows}))
    _hold_chosen(held.user, edits.values())
    write(held, edits)


@transaction.atomic
def mend(*, batch: ImportBatch, line: int, typed: list[str]) -> None:
    """Take what was typed as the row of a line that cannot be read, or was typed before.

    Raises NotFound where the line is no such one, ImportRefused or AlreadyDone.
    """
    held = _hold(batch)
    _must_wait(held)
    known = held.layout.get("mended", {})
    if str(line) not in known and line not in {error.line for error in read(held).errors}:
        raise NotFound("That row can be read, or is no longer there.")
    if len(known) >= MOST_MENDED and str(line) not in known:
        raise ImportRefused(f"At most {show_count(MOST_MENDED)} rows of a file are typed by hand.")
    held.layout["mended"] = known | {str(line): typed}
    held.save(update_fields=["layout"])


@transaction.atomic
def change_all(*, batch: ImportBatch, listed: Listed, change: Change) -> int:
    """Decide the same about all rows that are listed; returns how many that changed.

    Raises StatementError, ImportRefused or AlreadyDone.
    """
    held = _hold(batch)
    _must_wait(held)
    found = _look(held)
    changed = {row.identity: edit for row in found.listed(listed) if (edit := change(row, found.filed(row)))}
    _hold_chosen(held.user, changed.values())
    write(held, changed)
    return len(changed)


@transaction.atomic
@balances_fit()
def commit(*, batch: ImportBatch, categorise: bool = False, advance: Advance = unwatched) -> ImportBatch:
    """Load the rows that are to be booked by one COPY; returns the batch with its final counts.

    A row that somebody typed already is joined with the file's: it keeps its words and day, and takes the identity.
    What was decided about rows counts over what the file says, and never changes their identities. ``categorise``
    files the rows about whose category nobody decided as they are suggested. The file and the decisions are forgotten,
    its balances are kept and checked. Raises AlreadyDone for a second confirmation, StatementError when the file
    cannot be read as configured, ImportRefused, BalanceTooLarge.
    """
    held = _hold(batch)
    _must_wait(held)
    # Rows are locked before their accounts, as every change of them does.
    before = _look(held, categorise=categorise)
    suggestions = _held_subcategories(held.user, before)
    free = hold(held.user_id, [checked.match for checked in before.matched if checked.match])
    accounts = {checked.edit.account or held.account_id for checked in before.new_rows} | {held.account_id}
    mine = Account.objects.for_user(held.user).filter(pk__in=accounts).order_by("pk")
    there = set(mine.select_for_update(no_key=True).values_list("pk", flat=True))
    found = compare(held, before.statement, before.identified, suggestions)
    if any(each.match.is_open and each.match.id not in free for each in found.matched if each.match):
        raise ImportRefused("Rows like those of the file were changed just now. Look at them again.")
    if accounts - there:
        raise ImportRefused("An account that rows were moved to is no longer there. Choose another one.")
    if back := [row.identity for row in found.new_rows if row.was_deleted]:
        forget_deletions(held.user_id, back)
    load(held, found, advance)
    _finish(held, found)
    balances.record(held)
    return held


def _finish(held: ImportBatch, found: Preview) -> None:
    """Keep what became of the file, and forget the file and what was decided about it."""
    held.new_count, held.duplicate_count, held.error_count = found.counts
    held.left_out_count = found.left_out
    held.errors = [asdict(error) for error in found.errors[:ERRORS_KEPT]]
    held.balances = balances.kept(found.statement)
    said = {
        "written": written(held),
        "joined": join(held.user_id, [(row.match, *row.identity) for row in found.matched if row.match]),
        "pending": [[str(row.fingerprint), row.occurrence] for row in found.new_rows if row.is_pending],
    }
    held.layout |= {name: value for name, value in said.items() if value}
    if readings.is_long(held):
        readings.forget(held)
    held.state, held.committed_at, held.content = ImportBatch.State.COMMITTED, timezone.now(), None
    held.save()
    forget(held)
    if "names" in held.layout:
        held.account.user = held.user  # known already
        profiles.keep(account=held.account, layout=CsvLayout.from_dict(held.layout), names=held.layout["names"])


@transaction.atomic
@balances_fit()
def revert(*, batch: ImportBatch, agreed: bool = False) -> Handwork:
    """Delete exactly the rows that this import added, changed by hand or not, and what its file said of balances.

    Rows that were typed before and joined with the file's are as they were. Returns what went. Importing the file
    again brings the rows back, with those that had been deleted by hand. Raises AlreadyDone, Reconciled unless the
    user ``agreed``, or ImportRefused while one of them is a leg of a transfer: deleting it alone would leave the other
    account wrong.
    """
    held = _hold(batch)
    if held.state == ImportBatch.State.REVERTED:
        raise AlreadyDone(f"“{held.file_name}” was reverted already.")
    if held.kind == "moving":
        raise ImportRefused("A move is taken back on its own page.")
    if held.state != ImportBatch.State.COMMITTED:
        raise ImportRefused(f"“{held.file_name}” was not imported yet, so there is nothing to revert.")
    found = handwork(batch=held)
    if found.transfers:
        raise ImportRefused(
            f"Rows of this import that are one side of a transfer: {show_count(found.transfers)}. "
            "Delete those transfers first, then revert."
        )
    mine = Transaction.objects.for_user(held.user).filter(import_batch=held)
    ask_for_all(held.user, mine, agreed=agreed)
    part(held)
    mine.without_transfers().delete()
    if mine.exists():
        raise ImportRefused("A row of this import was made one side of a transfer just now. Look at it again.")
    DeletedImport.objects.for_user(held.user).filter(import_batch=held).delete()
    held.state, held.reverted_at = ImportBatch.State.REVERTED, timezone.now()
    held.save(update_fields=["state", "reverted_at"])
    balances.forget(held)
    if "names" in held.layout:
        _forget_reading(held)
    return found


def _forget_reading(held: ImportBatch) -> None:
    """A profile is what an import that still stands has confirmed."""
    mine = ImportBatch.objects.for_user(held.user).filter(account=held.account, kind="csv")
    alike = mine.filter(state=ImportBatch.State.COMMITTED, layout__names=held.layout["names"])
    before = alike.order_by("-id").values_list("layout", flat=True).first()
    layout, names = CsvLayout.from_dict(held.layout), held.layout["names"]
    held.account.user = held.user  # known already
    profiles.take_back(account=held.account, layout=layout, names=names, before=before)


@transaction.atomic
def discard(*, batch: ImportBatch) -> None:
    """Forget a file that was not imported. Raises AlreadyDone once it was."""
    held = _hold(batch)
    _must_wait(held)
    held.delete()


def reconciled(*, batch: ImportBatch) -> str:
    """What is asked before a revert takes rows that agree with the bank; empty where there are none."""
    return in_words(batch.user, Transaction.objects.for_user(batch.user).filter(import_batch=batch))


def handwork(*, batch: ImportBatch) -> Handwork:
    """What became of a committed import's rows, in one statement."""
    place, writer = batch.layout.get("written") or ["", ""]
    return rows_as(Handwork, _HANDWORK, user=batch.user_id, batch=batch.pk, place=place, writer=writer)[0]


def _look(batch: ImportBatch, *, categorise: bool = True) -> Preview:
    """The file of a batch against the ledger, with what was decided and is suggested."""
    statement = read(batch)
    rows = identified(batch, statement)
    bookings = [row.booking for row in rows] if categorise else []
    suggestions = suggest(batch.user, bookings, batch.account_id) if categorise else NO_SUGGESTIONS
    return compare(batch, statement, rows, suggestions)


def _hold(batch: ImportBatch) -> ImportBatch:
    """The batch as it is now, locked until the database transaction ends, with its user and account."""
    mine = readings.with_file(ImportBatch.objects.for_user(batch.user))
    held = mine.select_for_update(of=("self",)).filter(pk=batch.pk).first()
    if held is None:
        raise AlreadyDone("That file was discarded.")
    return held


def _must_wait(batch: ImportBatch) -> None:
    if batch.state == ImportBatch.State.COMMITTED:
        raise AlreadyDone(f"“{batch.file_name}” was imported already. Nothing was added twice.")
    if batch.state == ImportBatch.State.REVERTED:
        raise AlreadyDone(f"“{batch.file_name}” was imported and reverted. Upload it again to import it again.")


def _shown_name(file_name: str) -> str:
    return clean_text(file_name, 255) or "statement"


def _held_subcategories(user: User, found: Preview) -> Suggestions:
    """The suggestions whose subcategory still exists; whatever rows can be filed under is kept from being deleted."""
    chosen = {row.edit.subcategory for row in found.rows if row.edit.subcategory}
    proposed = found.suggestions.found
    there = _there(user, chosen | {each.subcategory_id for each in proposed.values()})
    kept = {key: each for key, each in proposed.items() if each.subcategory_id in there}
    return found.suggestions._replace(found=kept)


def _there(user: User, subcategories: set[int]) -> set[int]:
    mine = Subcategory.objects.for_user(user).filter(pk__in=subcategories).order_by("pk")
    return set(mine.select_for_update(no_key=True).values_list("pk", flat=True)) if subcategories else set()


def _hold_chosen(user: User, edits: Collection[Edit]) -> None:
    """Raise ImportRefused when a subcategory or an account that was chosen is not there, or an account is closed."""
    chosen = {edit.subcategory for edit in edits if edit.subcategory}
    if chosen - _there(user, chosen):
        raise ImportRefused("That category is no longer there. Choose another one.")
    accounts = {edit.account for edit in edits if edit.account}
    if accounts and Account.objects.for_user(user).active().filter(pk__in=accounts).count() < len(accounts):
        raise ImportRefused("That account is closed, or no longer there. Choose another one.")
