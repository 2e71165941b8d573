"""The files of jobs: in pieces, in the database, for their owner alone."""

from collections.abc import Iterable, Iterator
from typing import IO, Final

from transactions.models import Job, JobChunk
from wealthwise.postgres.copy import copy_rows

PIECE: Final = 1024 * 1024
_COLUMNS: Final = ("user", "job", "is_result", "number", "content")


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """A file from its beginning, in pieces of a size that is stored and read at once."""
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


def store(job: Job, content: Iterable[bytes], *, is_result: bool) -> int:
    """Keep what goes into a job or comes out of it; its size in bytes."""
    size = 0

    def rows() -> Iterator[tuple[object, ...]]:
        nonlocal size
        for number, piece in enumerate(content):
            size += len(piece)
            yield job.user_id, job.pk, is_result, number, piece

    copy_rows(JobChunk, _COLUMNS, rows())
    return size


def stored(job: Job, *, is_result: bool) -> Iterator[bytes]:
    """The pieces in their order, one statement each, so that a long file costs no memory."""
    mine = JobChunk.objects.for_user(job.user).filter(job=job, is_result=is_result)
    number = 0
    while (piece := mine.filter(number=number).values_list("content", flat=True).first()) is not None:
        yield bytes(piece)
        number += 1
