"""Which application wrote what was sent: told by what is in the files, never by their names."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from transactions.importing.packed.unpacking import SentFile
from wealthwise.portability.moving.sources import actual, beancount, firefly, flat, gnucash, journals, qif, ynab
from wealthwise.portability.moving.sources.model import NotMovable, SourceLedger
from wealthwise.portability.moving.sources.sqlite import MAGIC, opened
from wealthwise.portability.moving.sources.tables import SourceTable, heading_of, table_of, text_of
from wealthwise.portability.moving.sources.unpacking import GZIP, members

HEAD: Final = 64 * 1024
# Bytes that are unpacked of what is no statement anyway, to say what it is: whoever sent it waits for that.
MOST_OF_GZIP: Final = 16 * 1024 * 1024
_UNKNOWN: Final = (
    "None of these files is an export that is known: of Actual, Firefly III, YNAB, Mint, Sure or Maybe, GnuCash, "
    "ezBookkeeping, Money Manager Ex, hledger or beancount, or a QIF with its accounts."
)
# By what they are: the names that a heading has to have.
HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "actual": actual.COLUMNS,
    "firefly": firefly.COLUMNS,
    "ynab": ynab.REGISTER,
    "mint": flat.MINT,
    "gnucash": gnucash.COLUMNS,
    "ez": flat.EZ,
    "hledger": journals.COLUMNS,
    "sure": flat.SURE_ROWS,
    "sure accounts": flat.SURE_ACCOUNTS,
    "sure categories": flat.SURE_CATEGORIES,
    "mmex": flat.MMEX,
}


def kind_of_heading(names: Sequence[str]) -> str:
    """What a table is by its heading; empty for one that is of none of them."""
    found = next((kind for kind, wanted in HEADINGS.items() if set(wanted) <= set(names)), "")
    if not found and {"month", "category"} <= set(names) and {"budgeted", "assigned"} & set(names):
        return "ynab plan"
    return found


def kind_of(data: bytes) -> str:
    """What one file is; empty for what is not known."""
    if data.startswith(MAGIC):
        return "sqlite"
    text = text_of(data[:HEAD])
    if text.lstrip().startswith("<"):
        return "gnucash xml" if "gnucash.org/XML" in text or "<gnc-v2" in text else ""
    if re.match(r"\s*!(Type|Account|Option|Clear)", text, re.IGNORECASE):
        return "qif"
    if kind := kind_of_heading(heading_of(text)[1]):
        return kind
    if beancount.looks_like(text):
        return "beancount"
    return "journal" if journals.looks_like(text) else ""


# Where each table says the account of a row.
_ACCOUNTS: Final = {
    "actual": "account", "ynab": "account", "mint": "account name", "mmex": "account", "sure": "account_name",
    "gnucash": "full account name", "hledger": "account", "ez": "account", "firefly": "source_name",
}  # fmt: skip
_SHOWN: Final = {
    "actual": actual.NAME, "ynab": ynab.NAME, "mint": "Mint", "mmex": "Money Manager Ex", "sure": "Sure",
    "gnucash": gnucash.NAME, "hledger": journals.NAME, "ez": "ezBookkeeping", "firefly": firefly.NAME,
    "sqlite": "Actual or GnuCash", "gnucash xml": gnucash.NAME, "journal": journals.NAME, "beancount": beancount.NAME,
}  # fmt: skip


def whole_ledger_in(data: bytes) -> str:
    """The application that wrote more than the rows of one account; empty for what may be a statement."""
    most = MOST_OF_GZIP if data.startswith(GZIP) else None
    try:
        return next(filter(None, (_ledger_in(file.data) for file in members([SentFile("", data)], most))), "")
    except NotMovable:
        return ""  # whoever reads it as a statement says why it cannot be read


def _ledger_in(data: bytes) -> str:
    kind = kind_of(data)
    if kind not in _SHOWN:
        return ""
    if kind in _ACCOUNTS and len(set(table_of(text_of(data)).column(_ACCOUNTS[kind]))) < 2:
        return ""
    return _SHOWN[kind]


def read(sent: Iterable[SentFile]) -> SourceLedger:
    """The ledger in what was sent. Raises NotMovable."""
    found = dict[str, list[bytes]]()
    unknown = list[str]()
    for file in members(sent):
        if kind := kind_of(file.data):
            found.setdefault(kind.removesuffix(" accounts").removesuffix(" categories"), []).append(file.data)
        else:
            unknown.append(file.name)
    families = {kind.partition(" ")[0] if kind != "gnucash xml" else kind for kind in found}
    if not families:
        raise NotMovable(_UNKNOWN)
    if len(families) > 1:
        raise NotMovable(
            f"These files are of several applications: {', '.join(sorted(families))}. Send one at a time."
        )
    ledger = _READERS[families.pop()]([data for each in found.values() for data in each])
    known = {"metadata.json"}
    for name in unknown:
        if name not in known:
            ledger.has_no_place[f"the file {name}"] += 1
    return ledger


def _one(read_one: Callable[[bytes], SourceLedger]) -> Callable[[list[bytes]], SourceLedger]:
    def reader(files: list[bytes]) -> SourceLedger:
        if len(files) > 1:
            raise NotMovable("There are several files of one application here, and one says it all. Send one.")
        return read_one(files[0])

    return reader


def _text(read_text: Callable[[str], SourceLedger]) -> Callable[[list[bytes]], SourceLedger]:
    return _one(lambda data: read_text(text_of(data)))


def _table(read_table: Callable[[SourceTable], SourceLedger]) -> Callable[[list[bytes]], SourceLedger]:
    return _text(lambda text: read_table(table_of(text)))


def _database(data: bytes) -> SourceLedger:
    with opened(data) as database:
        if database.tables >= actual.TABLES:
            return actual.read_database(database)
        if database.tables >= gnucash.TABLES:
            return gnucash.read_database(database)
    raise NotMovable("The database in the file is none of Actual's or GnuCash's.")


def _ynab(files: list[bytes]) -> SourceLedger:
    tables = [table_of(text_of(data)) for data in files]
    plans = [table for table in tables if ynab.is_plan(table)]
    return ynab.read_tables([table for table in tables if not ynab.is_plan(table)], plans)


def _sure(files: list[bytes]) -> SourceLedger:
    tables = [table_of(text_of(data)) for data in files]
    kinds = ("sure", "sure accounts", "sure categories")
    return flat.read_sure(*([table for table in tables if table.has(*HEADINGS[kind])] for kind in kinds))


def _mmex(files: list[bytes]) -> SourceLedger:
    return flat.read_mmex([table_of(text_of(data)) for data in files])


_READERS: Final[dict[str, Callable[[list[bytes]], SourceLedger]]] = {
    "sqlite": _one(_database),
    "gnucash xml": _one(gnucash.read_xml),
    "qif": _text(qif.read_text),
    "beancount": _text(beancount.read_text),
    "journal": _text(journals.read_text),
    "actual": _table(actual.read_table),
    "firefly": _table(firefly.read_table),
    "mint": _table(flat.read_mint),
    "gnucash": _table(gnucash.read_table),
    "hledger": _table(journals.read_table),
    "ez": _table(flat.read_ez),
    "ynab": _ynab,
    "sure": _sure,
    "mmex": _mmex,
}
