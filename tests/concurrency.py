"""Two connections that meet on purpose, and an event loop of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, connections, transaction


def at_once(*works: Callable[[], Any], refusals: tuple[type[Exception], ...] = ()) -> list[Any]:
    """Run each at the same moment, in a thread with a connection of its own.

    Returns in the order given what each returned, or the refusal that it raised; anything else that is raised
    fails the test.
    """
    start = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        start.wait(20)
        try:
            return work()
        except refusals as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return [task.result(60) for task in [pool.submit(run, work) for work in works]]


def while_waiting(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Do ``first``, and commit it once ``second`` waits for it in another thread.

    Returns what the second returned or raised.
    """
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(second())
        except Exception as error:
            answers.append(error)
        finally:
            connections.close_all()

    with transaction.atomic():
        first()
        thread = threading.Thread(target=run)
        thread.start()
        with connection.cursor() as cursor:
            for _ in range(200):
                cursor.execute("SELECT pg_sleep(0.02), count(*) FROM pg_locks WHERE NOT granted")
                if cursor.fetchone()[1]:
                    break
    thread.join()
    return answers[0]


def in_a_loop[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """What ``work`` returns, from a thread of its own: the tests in a browser leave a loop running in theirs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
