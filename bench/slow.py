"""Clients that are slow on purpose, and what somebody else gets meanwhile: ``python -m bench.slow --port 8000``.

Each kind holds its sockets open as long as the block lasts. Loopback only.
"""

import argparse
import asyncio
import contextlib
import http.client
import sys
import time
from collections.abc import AsyncIterator, Iterator
from typing import Final

HOST: Final = "127.0.0.1"
TOKEN: Final = "a" * 32  # a cookie of the right length: with it Django reads the form before it refuses
FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data; boundary=slow"
PART: Final = b'--slow\r\nContent-Disposition: form-data; name="file"; filename="s.csv"\r\n\r\n'
OTHERS: Final = ("/healthz", "/help/", "/auth/login/")


def head(method: str, path: str, **headers: str) -> bytes:
    fields = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"{method} {path} HTTP/1.1", f"Host: {HOST}", *fields, "", ""]).encode()


def opening(kind: str, path: str, cookie: str) -> bytes:
    """What a slow client sends at once; the rest comes a byte at a time, or never."""
    cookies = f"csrftoken={TOKEN}" + (f"; {cookie}" if cookie else "")
    openings = {
        "silent": b"",
        "headers": f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode(),
        "form": head("POST", path, Cookie=cookies, Content_Type=FORM, Content_Length="9999"),
        "multipart": head("POST", path, Cookie=cookies, Content_Type=MULTIPART, Content_Length="999999") + PART,
        "reader": head("GET", path, Cookie=cookies),
    }
    return openings[kind]


@contextlib.asynccontextmanager
async def slow_clients(
    kind: str, count: int, port: int, path: str = "/auth/login/", cookie: str = ""
) -> AsyncIterator[list[asyncio.Task[None]]]:
    """``count`` sockets of a kind, all of them open and begun; a task that ended is a socket that was closed."""
    begun = asyncio.Semaphore(0)

    async def hold() -> None:
        reader, writer = await asyncio.open_connection(HOST, port, limit=1)
        writer.write(opening(kind, path, cookie))
        begun.release()
        drips = kind in {"headers", "form", "multipart"}
        try:
            while True:
                await asyncio.sleep(1)
                if drips:
                    writer.write(b"a")
                    await writer.drain()
                if kind != "reader" and reader.at_eof():
                    return
        except OSError:
            return
        finally:
            writer.close()

    tasks = [asyncio.create_task(hold()) for _ in range(count)]
    for _ in range(count):
        await asyncio.wait_for(begun.acquire(), 30)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def milliseconds(port: int, path: str, timeout: float) -> float | None:
    """How long somebody else waits for a page; None when it does not come."""
    connection = http.client.HTTPConnection(HOST, port, timeout=timeout)
    begun = time.perf_counter()
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return (time.perf_counter() - begun) * 1000


async def row(kind: str, count: int, port: int, options: argparse.Namespace) -> str:
    path = options.download if kind == "reader" else options.path
    cells = []
    async with slow_clients(kind, count, port, path, options.cookie) as tasks:
        await asyncio.sleep(options.settle)
        for other in (*OTHERS, *options.other):
            took = await asyncio.to_thread(milliseconds, port, other, options.timeout)
            cells.append("none" if took is None else f"{took:.0f} ms")
        closed = sum(task.done() for task in tasks)
    return f"| {kind} | {count} | {' | '.join(cells)} | {closed} |"


def rows(options: argparse.Namespace) -> Iterator[str]:
    yield f"| Slow | Sockets | {' | '.join((*OTHERS, *options.other))} | closed meanwhile |"
    for kind in options.kinds:
        for count in options.counts:
            yield asyncio.run(row(kind, count, options.port, options))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--kinds", nargs="+", default=["silent", "headers", "form", "multipart", "reader"])
    parser.add_argument("--counts", nargs="+", type=int, default=[4, 50, 500])
    parser.add_argument("--path", default="/auth/login/", help="where forms are sent")
    parser.add_argument("--download", default="/help/", help="what the slow readers ask for")
    parser.add_argument("--cookie", default="", help="of somebody who is signed in: sessionid=...")
    parser.add_argument("--other", nargs="*", default=[], help="more addresses that somebody else asks for")
    parser.add_argument("--settle", type=float, default=1.5, help="seconds before somebody else asks")
    parser.add_argument("--timeout", type=float, default=8)
    for line in rows(parser.parse_args()):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
