"""What a long statement costs from upload to commit, step by step, each in a process of its own as on the site.

    .venv/bin/python bench/import_steps.py [--rows 200000] [--plain] [--known 0] [--profile STEP]

A scratch database is migrated. One person sends a CSV of ``rows`` rows, with a running balance and categories by rules
(``--plain``: with three columns and no rules), through the pages and jobs of the site. Of each step are told the
seconds by the clock, of a processor in Python and in the server's process, the statements, and the memory at its peak.
``--known`` rows are in the ledger before. A step is profiled by its name.
"""

import argparse
import cProfile
import json
import logging
import os
import pstats
import resource
import sys
import time
import traceback
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
from scratch import scratch_database

FILL = """
INSERT INTO transaction (user_id, account_id, amount, description, comment, booked_on, transaction_date)
SELECT user_id, id, -1 - (n * 7919::bigint %% 19900) / 100.0, 'Shop ' || n %% 997 || ' ' || n %% 7, '',
       date '2016-01-01' + n %% 3650, timestamptz '2016-01-01 12:00' + n %% 3650 * interval '1 day'
FROM generate_series(1, %(rows)s) n, account WHERE name = 'Other'
"""


def with_balances(rows: int) -> bytes:
    """As banks write it: two days, whom, what for, an amount and the balance after it."""
    lines, balance = ["Booked;Valued;Payee;Purpose;Reference;Amount;Currency;Balance"], 1_000_000
    for number in range(rows):
        day = date(2016, 1, 1) + timedelta(days=number // 55)
        cents = -100 - number * 7919 % 24_000 if number % 10 else 135_000
        balance += cents
        amounts = [f"{'-' * (each < 0)}{abs(each) // 100},{abs(each) % 100:02}" for each in (cents, balance)]
        told = f"{day:%d.%m.%Y};{day:%d.%m.%Y};Shop {number % 997};Card payment {number * 31 % 9973};R{number:09}"
        lines.append(f"{told};{amounts[0]};EUR;{amounts[1]}")
    return "\n".join([*lines, ""]).encode()


def plain(rows: int) -> bytes:
    lines = ["Date,Description,Amount"]
    for number in range(rows):
        day = date(2016, 1, 1) + timedelta(days=number // 55)
        cents = -100 - number * 7919 % 24_000 if number % 10 else 135_000
        lines.append(
            f"{day},Shop {number % 997} {number * 31 % 7},{'-' * (cents < 0)}{abs(cents) // 100}.{abs(cents) % 100:02}"
        )
    return "\n".join([*lines, ""]).encode()


def apart(name: str, work: Callable[[], Any], profiled: str) -> Any:
    """Run a step in a process of its own, and print what it cost. It returns what JSON can carry."""
    from django.db import connection

    connection.close()
    read_end, write_end = os.pipe()
    begun = time.perf_counter()
    if not (child := os.fork()):
        statements, watch = 0, cProfile.Profile()

        def count(execute: Any, *rest: Any) -> Any:
            nonlocal statements
            statements += 1
            return execute(*rest)

        code = 1
        try:
            connection.ensure_connection()
            server = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
            before, mine = int(server.read_text().split()[0]), time.process_time()
            with connection.execute_wrapper(count):
                answer = watch.runcall(work) if profiled == name else work()
            told = {
                "python_s": round(time.process_time() - mine, 2),
                "server_s": round((int(server.read_text().split()[0]) - before) / 1e9, 2),
                "statements": statements,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
            }
            os.write(write_end, json.dumps([told, answer]).encode())
            if profiled == name:
                pstats.Stats(watch).sort_stats("tottime").print_stats(45)
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        told, answer = json.loads(pipe.read() or "[null, null]")
    os.waitpid(child, 0)
    if told is None:
        raise SystemExit(f"{name} failed.")
    sys.stdout.write(f"{json.dumps({'step': name, 'clock_s': round(time.perf_counter() - begun, 2), **told})}\n")
    sys.stdout.flush()
    return answer, told


def person() -> int:
    """Somebody with two accounts, thirty categories and fifty rules."""
    from tests.factories import make_account, make_subcategory, make_user
    from transactions.models import Rule

    user = make_user("owner", currency="EUR", country="DE")
    make_account(user, "Current")
    make_account(user, "Other")
    for number in range(50):
        filed = make_subcategory(user, f"Shops {number % 30}")
        Rule.objects.create(user=user, position=number + 1, subcategory=filed, text=f"Shop {number * 19}")
    return user.pk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--known", type=int, default=0)
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    with scratch_database("import_steps") as arguments:
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection
        from django.test import override_settings
        from django.test.utils import setup_test_environment

        setup_test_environment()
        logging.disable(logging.WARNING)
        connection.close()
        connection.settings_dict["NAME"] = arguments["dbname"]
        call_command("migrate", verbosity=0, skip_checks=True)
        person()
        if options.known:
            with connection.cursor() as cursor:
                cursor.execute(FILL, {"rows": options.known})
                cursor.execute("VACUUM ANALYZE transaction")
        static = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        with override_settings(STORAGES={**settings.STORAGES, "staticfiles": static}):
            import_it(plain(options.rows) if options.plain else with_balances(options.rows), options)
        connection.close()


def import_it(data: bytes, options: argparse.Namespace) -> None:
    from accounts.models import Account, User
    from tests.factories import signed_in
    from tests.transactions.importing.helpers import step, upload
    from transactions.importing import readings, services
    from transactions.importing.csv.layout import CsvLayout
    from transactions.jobs import turns, worker
    from transactions.models import ImportBatch, Transaction

    turns.start_command = lambda _: None  # this process does the jobs itself
    user = User.objects.get()
    account, client = Account.objects.get(name="Current"), signed_in(user)
    spent = {"python_s": 0.0, "server_s": 0.0, "peak_mb": 0}

    def do(name: str, work: Callable[[], Any]) -> Any:
        answer, told = apart(name, work, options.profile)
        spent["peak_mb"] = max(spent["peak_mb"], told["peak_mb"])
        for key in ("python_s", "server_s"):
            spent[key] = round(spent[key] + told[key], 2)
        return answer

    def job() -> None:
        worker.work_off()

    def ask(path: str) -> int:
        return client.get(path).status_code

    sys.stdout.write(f"{len(data) / 1e6:.1f} MB\n")
    do("upload", lambda: upload(client, account, data).status_code)
    do("look", job)
    batch = ImportBatch.objects.values_list("pk", flat=True).get()
    do("columns page", lambda: ask(step("configure", batch)))

    def keep() -> None:
        held = readings.with_file(ImportBatch.objects.for_user(user)).get()
        services.configure(batch=held, layout=CsvLayout.from_dict(held.layout))

    do("columns kept", keep)
    ask(step("check", batch))
    do("read", job)
    do("check page", lambda: ask(step("check", batch)))
    do("check page again", lambda: ask(step("check", batch)))
    do("press", lambda: client.post(step("commit", batch)).status_code)
    do("commit", job)
    count = Transaction.objects.for_user(user).filter(account=account).count()
    filed = Transaction.objects.for_user(user).filter(account=account).exclude(subcategory=None).count()
    sys.stdout.write(json.dumps({"booked": count, "filed": filed, **spent}) + "\n")
    do("revert", lambda: client.post(step("revert", batch)).status_code)


if __name__ == "__main__":
    main()
