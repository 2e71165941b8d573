"""Books a bank's CSV: ``bank_csv.py FILE --account Current``, with WEALTHWISE_SITE and WEALTHWISE_TOKEN set.

The file has the columns Date (YYYY-MM-DD), Text and Amount (with a point). Run again with the same file and the same
token within a week it adds nothing: each thousand rows are sent with a key that follows from what is in them. A longer
file with the same rows in it adds them once more. Files of any other form, or that overlap, are better read by the
site itself, which knows rows again and proves them against their balances: see ``create_import`` of the client.
"""

import argparse
import csv
import hashlib
import json
import os
from collections.abc import Iterator
from itertools import batched
from pathlib import Path

from wealthwise_client import TransactionSent, WealthWise

AT_ONCE = 1000


def rows_of(text: str, account: int) -> Iterator[TransactionSent]:
    for row in csv.DictReader(text.splitlines()):
        yield {"day": row["Date"], "description": row["Text"], "amount": row["Amount"], "account": account}


def book(site: WealthWise, text: str, account_name: str) -> int:
    """How many rows the file has; all of them are booked by then."""
    accounts = {each["name"]: each["id"] for each in site.list_accounts()["accounts"] if each["is_open"]}
    if account_name not in accounts:
        raise SystemExit(f"There is no open account {account_name}.")
    count = 0
    for number, rows in enumerate(batched(rows_of(text, accounts[account_name]), AT_ONCE)):
        key = hashlib.sha256(json.dumps([number, rows]).encode()).hexdigest()
        count += len(site.create_transactions({"transactions": list(rows)}, key=key)["transactions"])
    return count


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--account", required=True, help="the name of the account")
    given = parser.parse_args()
    known = WealthWise(os.environ["WEALTHWISE_SITE"], os.environ["WEALTHWISE_TOKEN"])
    print(f"{book(known, given.file.read_text(), given.account)} rows are booked.")
