"""Exports and restores of many rows, which are jobs; those of few are made while one waits."""

import tempfile
from collections.abc import Callable, Iterator
from typing import IO, Final

from django.urls import reverse

from accounts.models import User
from transactions.jobs import files
from transactions.jobs.kinds import AtWork, JobKind, JobResult
from transactions.models import Transaction
from wealthwise.core.days import today_of
from wealthwise.core.progress import Advance, unwatched
from wealthwise.portability.export import services
from wealthwise.portability.export.csv_writer import write_csv
from wealthwise.portability.export.exported_rows import snapshot
from wealthwise.portability.export.json_writer import write_json
from wealthwise.portability.export.others.journals import write_beancount, write_hledger
from wealthwise.portability.export.others.tables import write_actual, write_firefly, write_qif
from wealthwise.portability.export.packed import write_packed
from wealthwise.portability.export.xlsx_writer import write_xlsx

SMALL_ROWS: Final = 3000  # transactions; some tenths of a second of a processor
SMALL_BYTES: Final = 512 * 1024  # of a file that comes back

# By the last part of the address: who writes it, and the ending of the file.
FORMATS: Final[dict[str, tuple[Callable[[User, IO[bytes], Advance], None], str]]] = {
    "json": (write_json, "json"),
    "gz": (write_packed, "json.gz"),
    "csv": (write_csv, "zip"),
    "xlsx": (write_xlsx, "xlsx"),
    "hledger": (write_hledger, "journal"),
    "beancount": (write_beancount, "beancount"),
    "qif": (write_qif, "qif"),
    "firefly": (write_firefly, "csv"),
    "actual": (write_actual, "csv"),
}


def is_small(user: User) -> bool:
    """Whether an export is made at once; reads no more rows than decide it."""
    return Transaction.objects.for_user(user).order_by()[: SMALL_ROWS + 1].count() <= SMALL_ROWS


def written(user: User, kind: str, advance: Advance = unwatched) -> tuple[IO[bytes], str]:
    """The file and its name. Raises ExportRunning. A temporary file first: what arrives is complete."""
    write, ending = FORMATS[kind]
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by whoever sends it
    try:
        with snapshot(user):
            write(user, file, advance)
    except BaseException:
        file.close()
        raise
    return file, f"wealthwise-{today_of(user):%Y-%m-%d}.{ending}"


def _export(at_work: AtWork) -> JobResult:
    job = at_work.job
    file, name = written(job.user, job.target, at_work.advance)
    return JobResult(f"Your export is ready: {name}.", file=file, file_name=name)


def _restore(at_work: AtWork) -> JobResult:
    """Both readings of the file count, each for half of the work."""
    job, total = at_work.job, 2 * at_work.job.asked["size"]
    done = 0
    with tempfile.TemporaryFile() as file:  # a COPY lets no other statement of its connection in between
        file.writelines(files.stored(job, is_result=False))

        def chunks() -> Iterator[bytes]:
            nonlocal done
            for piece in files.pieces(file):
                yield piece
                done += len(piece)
                at_work.advance(done * 100 // total, 100)

        counts = services.restore(user=job.user, chunks=chunks)
    return JobResult(f"Imported: {services.in_words(counts)}.", onward=reverse("dashboard"))


EXPORT: Final = JobKind("Export as {target}", _export, back="data:overview", has_own_transaction=True)
RESTORE: Final = JobKind("Import of an export", _restore, back="data:restore")
