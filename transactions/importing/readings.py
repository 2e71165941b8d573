"""Statements of long files, kept: written by a job, and read again by the pages in a tenth of the time."""

import gzip
import hashlib
import json
from dataclasses import asdict, fields, replace
from typing import Final

import msgspec
from django.db.models.functions import Substr
from isal import igzip

from transactions.importing.csv.layout import CsvLayout
from transactions.importing.csv.records import BEGINNING
from transactions.importing.detect import Meant
from transactions.importing.formats.fingerprint import fingerprint
from transactions.importing.formats.rows import RowError, RowNote, StatedBalance, Statement, StatementRow
from transactions.models import ImportBatch, ImportReading
from transactions.models.querysets import ImportBatchQuerySet

LONG: Final = 512 * 1024  # bytes of a file that is read by a job, and whose statement is kept
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Statement)


def with_file(batches: ImportBatchQuerySet) -> ImportBatchQuerySet:
    """With their files, of long ones only the size: `content_of` reads these where they are needed."""
    return batches.with_short_content(LONG).select_related("account", "user")


def size_of(batch: ImportBatch) -> int | None:
    """The bytes of its file; None where it is no longer kept."""
    if "size" in batch.__dict__:
        return batch.size
    return None if batch.content is None else len(batch.content)


def is_long(batch: ImportBatch) -> bool:
    return (size_of(batch) or 0) > LONG


def content_of(batch: ImportBatch) -> bytes:
    """The file; empty where it is no longer kept. Of a long one that is another statement."""
    if "content" in batch.__dict__:
        return bytes(batch.content or b"")
    if batch.short_content is not None:
        return bytes(batch.short_content)
    found = ImportBatch.objects.for_user(batch.user).filter(pk=batch.pk).values_list("content", flat=True).first()
    return bytes(found or b"")


def beginning_of(batch: ImportBatch) -> bytes:
    """The file, or enough of a long one to tell what its columns are."""
    if "content" in batch.__dict__ or not is_long(batch):
        return content_of(batch)
    mine = ImportBatch.objects.for_user(batch.user).filter(pk=batch.pk)
    found = mine.values_list(Substr("content", 1, 2 * BEGINNING), flat=True).first()
    return bytes(found or b"")


def digest_of(kind: str, layout: CsvLayout | None, meant: Meant) -> str:
    """The way in which a file is read, by this release of the site."""
    way = [RELEASE, kind, layout.to_dict() if layout else None, asdict(meant)]
    return hashlib.sha256(json.dumps(way, sort_keys=True).encode()).hexdigest()


def _release() -> str:
    """What a statement consists of: a reading of another shape is none."""
    kinds = (Statement, StatementRow, RowError, RowNote, StatedBalance)
    shapes = [[kind.__name__, [field.name for field in fields(kind)]] for kind in kinds]
    return hashlib.sha256(json.dumps(shapes).encode()).hexdigest()


RELEASE: Final = _release()


def kept(batch: ImportBatch, digest: str) -> Statement | None:
    """The statement of a file as it was read in this way; None when it was not."""
    mine = ImportReading.objects.for_user(batch.user).filter(import_batch=batch, digest=digest)
    content = mine.values_list("content", flat=True).first()
    return None if content is None else _read(bytes(content))


def is_kept(batch: ImportBatch, digest: str) -> bool:
    return ImportReading.objects.for_user(batch.user).filter(import_batch=batch, digest=digest).exists()


def keep(batch: ImportBatch, digest: str, statement: Statement) -> None:
    ImportReading.objects.for_user(batch.user).update_or_create(
        user=batch.user, import_batch=batch, defaults={"digest": digest, "content": _written(statement)}
    )


def forget(batch: ImportBatch) -> None:
    ImportReading.objects.for_user(batch.user).filter(import_batch=batch).delete()


def _written(statement: Statement) -> bytes:
    """Packed, with the fingerprints of its rows, which each step needs."""
    prints = [fingerprint(row) for row in (*statement.rows, *statement.pending)]
    packed: bytes = igzip.compress(_ENCODER.encode(replace(statement, fingerprints=prints)), 1)
    return packed


def _read(content: bytes) -> Statement:
    return _DECODER.decode(gzip.decompress(content))
