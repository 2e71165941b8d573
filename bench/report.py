"""Writes the tables of docs/performance.md and their charts from the results there are.

    .venv/bin/python -m bench.report [--main bench/results/100000_20000000.json]

Everything between a pair of markers is replaced; the words around them are written by hand.
"""

import argparse
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.drawing import Bars, bar_chart, figure
from bench.scratch import ROOT

RESULTS, DOCUMENT, IMAGES = ROOT / "bench" / "results", ROOT / "docs" / "performance.md", ROOT / "docs" / "images"
NOTHING = "–"
GROWTH = ("list", "deep", "dashboard", "budget", "record")
Result = dict[str, Any]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The first two columns are words, the others figures."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join("---" if n < 2 else "--:" for n in range(len(head))) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def shown(value: float | None, unit: str = "") -> str:
    return NOTHING if value is None else figure(value) + unit


def pages(result: Result) -> str:
    """Every page for every user: clock at three loads, and the ratios."""
    rows = []
    for scenario in result["scenarios"].values():
        for person, figures in scenario["people"].items():
            runs = figures["clients"]
            medians = [shown(runs[n]["p50"]) if n in runs else NOTHING for n in ("1", "4", "16")]
            tail = [shown(runs["1"]["p95"]), shown(runs["1"]["p99"]), shown(max(run["rate"] for run in runs.values()))]
            ratios = [shown(figures.get("to_floor")), shown(figures.get("naive_to_floor"))]
            rows.append([scenario["label"], who(result, person), *medians, *tail, *ratios])
    head = ["Page", "Rows", "p50, 1", "p50, 4", "p50, 16", "p95", "p99", "most/s", "page : floor", "naive : floor"]
    return markdown(head, rows)


def who(result: Result, person: str) -> str:
    return f"{result['people'][person]:,}"


def costs(result: Result) -> str:
    """What one request takes in the database and over the wire: no clock is in it."""
    rows = []
    for scenario in result["scenarios"].values():
        for person, figures in scenario["people"].items():
            cost, size = figures.get("cost", {}), figures["clients"]["1"]["bytes"]
            counted = [shown(cost.get(name)) for name in ("statements", "rows", "buffers")]
            times = [shown(figures.get("floor_ms")), shown(figures.get("naive_ms"))]
            rows.append([scenario["label"], who(result, person), *counted, f"{size / 1024:.1f}", *times])
    head = ["Page", "Rows", "Statements", "Rows read", "Buffers", "kB sent", "Floor, ms", "Naive, ms"]
    return markdown(head, rows)


def setting(result: Result) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    memory = result.get("memory_mb") or {}
    lines = [
        f"{result['date']}: {result['users']:,} people, {result['rows']:,} rows, {result['database_mb']:,} MB, "
        f"{result['cores']} cores shared by the server, PostgreSQL and the clients ({versions})."
    ]
    if memory:
        lines.append(
            f"Web server processes: {result.get('workers', 1)}; together they held {memory['now']} MB at the end, "
            f"{memory['peak']} MB at most."
        )
    mix = result.get("mix")
    if mix:
        lines.append(
            f"The mix with {mix['clients']} people at once: {mix['rate']:.0f} requests/s, p50 {mix['p50']:.0f} ms, "
            f"p95 {mix['p95']:.0f} ms, {mix['errors']} errors."
        )
    return "\n".join(lines)


def growth(results: Sequence[Result]) -> str:
    """The page's median for the user of about 10,000 rows, as a multiple of that with the fewest rows in all."""
    ordered = sorted(results, key=lambda result: result["rows"])
    if len(ordered) < 2:
        return "Filled once results of two sizes are there (`make bench`, `make bench-large`)."
    rows = []
    for name in GROWTH:
        medians = [median(result, name) for result in ordered]
        base = medians[0]
        ratios = [NOTHING if not (base and value) else f"{value / base:.2f}" for value in medians]
        label = ordered[0]["scenarios"].get(name, {}).get("label", name)
        rows.append([label, "10,000", *ratios])
    return markdown(["Page", "Own rows", *(f"{result['rows']:,} in all" for result in ordered)], rows)


def median(result: Result, name: str) -> float | None:
    found = result["scenarios"].get(name, {"people": {}})["people"].get("10,000")
    return found["clients"]["1"]["p50"] if found else None


def charts(result: Result) -> dict[str, str]:
    """File names and their SVG: medians of pages, and how far floor and baseline are apart."""
    measured = [
        (scenario["label"], scenario["people"]["10,000"])
        for scenario in result["scenarios"].values()
        if "floor_ms" in scenario["people"].get("10,000", {})
    ]
    clock = [Bars(label, (f["clients"]["1"]["p50"], f["floor_ms"], f.get("naive_ms"))) for label, f in measured]
    rates = [
        Bars(scenario["label"], tuple(scenario["people"]["10,000"]["clients"][n]["rate"] for n in ("1", "16")))
        for scenario in result["scenarios"].values()
        if "16" in scenario["people"].get("10,000", {"clients": {}})["clients"]
    ]
    title = f"of a person with {result['people'].get('10,000', 0):,} of {result['rows']:,} rows"
    names = ("page over HTTP", "floor: SQL by hand", "naive: SQL")
    return {
        "performance-pages.svg": bar_chart(f"Median times {title}", names, clock, unit="ms"),
        "performance-rate.svg": bar_chart(f"Requests a second {title}", ("1 client", "16 clients"), rates, unit="/s"),
    }


def filled(text: str, parts: dict[str, str]) -> str:
    """``text`` with what stands between each pair of markers replaced; a part without markers is an error."""
    for name, content in parts.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        text, count = pattern.subn(lambda match, content=content: f"{match[1]}{content}\n{match[2]}", text)
        if count != 1:
            raise SystemExit(f"The document has no place for {name}.")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--main", type=Path, default=RESULTS / "100000_20000000.json")
    main_file = parser.parse_args().main
    result = json.loads(main_file.read_text())
    results = [json.loads(path.read_text()) for path in sorted(RESULTS.glob("[0-9]*_[0-9]*.json"))]
    parts = {"setting": setting(result), "pages": pages(result), "costs": costs(result), "growth": growth(results)}
    DOCUMENT.write_text(filled(DOCUMENT.read_text(), parts))
    for name, drawing in charts(result).items():
        (IMAGES / name).write_text(drawing)


if __name__ == "__main__":
    main()
