"""A result as a run writes it, small enough to read."""

from copy import deepcopy
from typing import Any

_RUN = {
    "rounds": 9,
    "p50": 12.0,
    "p95": 15.0,
    "p99": 18.0,
    "rate": 80.0,
    "errors": 0,
    "first_error": "",
    "bytes": 2048,
}


def figures(to_floor: float | None = 10.0, statements: float = 3.0, p50: float = 12.0) -> dict[str, Any]:
    """Of one page and user; None for a page without a floor."""
    found: dict[str, Any] = {"clients": {n: {**_RUN, "p50": p50} for n in ("1", "4", "16")}}
    found["cost"] = {"statements": statements, "rows": 52.0, "buffers": 400.0}
    if to_floor is not None:
        found |= {"floor_ms": 1.2, "to_floor": to_floor, "naive_ms": 480.0, "naive_to_floor": 400.0}
    return found


def result(rows: int = 1_000_000, **pages: dict[str, Any]) -> dict[str, Any]:
    """Of the user with 10,000 rows, by the name of the page."""
    return {
        "date": "2026-11-24",
        "users": 10_000,
        "rows": rows,
        "database_mb": 350,
        "cores": 2,
        "versions": {"python": "3.13.0", "django": "6.1.3"},
        "people": {"10,000": 10_000},
        "memory_mb": {"now": 181, "peak": 584},
        "mix": {"clients": 16, **_RUN},
        "scenarios": {
            name: {"label": name.title(), "people": {"10,000": deepcopy(page)}} for name, page in pages.items()
        },
    }
