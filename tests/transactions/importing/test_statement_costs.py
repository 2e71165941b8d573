"""What the worst files cost: four times as much of them costs no more than about four times as much."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest

from transactions.importing.detect import parse
from wealthwise.core.errors import DomainError

HEAD: Final = b"Date,Text,Amount\n"
BOOKING: Final = b":20:A\n:25:B\n:60F:C260101EUR1,\n:61:2603010301D1,00N\n:86:"
ENTRY: Final = b'<Bal><Amt Ccy="EUR">1</Amt></Bal><Ntry><a>1</a></Ntry>'
OFX_ROW: Final = b"<STMTTRN><TRNAMT>1<NAME>x</STMTTRN>"
WORST: Final[dict[str, tuple[str, Callable[[int], bytes]]]] = {
    "different words as days": ("a.csv", lambda n: HEAD + b"".join(b"%dx,a,%dy\n" % (i, i) for i in range(n))),
    "nearly days": ("a.csv", lambda n: HEAD + b"".join(b"%d/%d/2026,a,1\n" % (i, i) for i in range(n))),
    "months of no language": ("a.csv", lambda n: HEAD + b"".join(b"1 q%d 2026,a,1\n" % i for i in range(n))),
    "many columns": ("a.csv", lambda n: (b"2026-03-01," + b"2.50," * 90 + b"\n") * (n // 40)),
    "long cells": ("a.csv", lambda n: HEAD + b"2026-03-01," + b"ab " * n + b",1\n"),
    "open quotes": ("a.csv", lambda n: HEAD + b'"a\n' * n),
    "tables": ("a.csv", lambda n: b"Date,Text,Amount\n2026-03-01,a,1\nDatum,Text,Betrag\n" * (n // 4)),
    "marks": ("a.csv", lambda n: b"Date,Text,Amount,Type\n" + b"".join(b"2026-03-01,a,1,w%d\n" % i for i in range(n))),
    "letters of nowhere": ("a.csv", lambda n: HEAD + b"".join(b"1,\xe9%d\xf1x,1\n" % i for i in range(n))),
    "MT940 subfields": ("a.sta", lambda n: BOOKING + b"166?20A" * n),
    "MT940 slashes": ("a.sta", lambda n: BOOKING + b"/NAME/x" * n),
    "QIF days": ("a.qif", lambda n: b"!Type:Bank\n" + b"".join(b"Dq%d 2026\nT1\n^\n" % i for i in range(n))),
    "OFX rows": ("a.ofx", lambda n: b"OFXHEADER:100\n<OFX><STMTRS>" + OFX_ROW * n + b"</OFX>"),
    "OFX nesting": ("a.ofx", lambda n: b"OFXHEADER:100\n<OFX>" + b"<A>" * n + b"</A>" * n + b"</OFX>"),
    "OFX blanks": ("a.ofx", lambda n: b"OFXHEADER:100\n<OFX><STMTRS>" + (b"<A>" + b" " * 50) * n + b"</OFX>"),
    "CAMT entries": ("a.xml", lambda n: b'<Document xmlns="camt.053"><Stmt>' + ENTRY * n + b"</Stmt></Document>"),
}  # fmt: skip


def seconds(name: str, data: bytes) -> float:
    """Processor time of one reading, the better of two."""
    best = float("inf")
    for _ in range(2):
        start = time.process_time()
        with suppress(DomainError):  # "many columns" asks for the amount column
            assert parse(data, name)
        best = min(best, time.process_time() - start)
    return best


@pytest.mark.parametrize("kind", WORST)
def test_four_times_the_file_costs_four_times_as_much(kind: str) -> None:
    name, build = WORST[kind]
    small, large = seconds(name, build(700)), seconds(name, build(2800))
    assert large < 9 * small + 0.1, (small, large)
