"""What changed between two results, by ratios to the floor: a busy machine slows both and leaves their ratio.

    .venv/bin/python -m bench.compare bench/results/BEFORE.json bench/results/AFTER.json

Exits 1 when a page takes more than 1.3 times what it took, or one that is there in both has errors or needs more
statements. Pages without a floor are shown by the clock and not judged.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORSE = 1.3


@dataclass(frozen=True, slots=True)
class Change:
    """One page of one user; ``before`` and ``after`` are ratios to the floor, or ms where there is none."""

    page: str
    person: str
    before: float
    after: float
    is_judged: bool
    complaints: tuple[str, ...] = ()

    @property
    def ratio(self) -> float:
        return self.after / self.before if self.before else 1.0

    @property
    def is_worse(self) -> bool:
        return bool(self.complaints) or (self.is_judged and self.ratio > WORSE)


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    """What both results have, in the order of the later one."""
    for name, scenario in after["scenarios"].items():
        earlier = before["scenarios"].get(name, {"people": {}})["people"]
        for person, figures in scenario["people"].items():
            if person in earlier:
                yield _change(scenario["label"], person, earlier[person], figures)


def _change(page: str, person: str, before: dict[str, Any], after: dict[str, Any]) -> Change:
    is_judged = "to_floor" in before and "to_floor" in after
    values = [run["to_floor"] if is_judged else run["clients"]["1"]["p50"] for run in (before, after)]
    return Change(page, person, values[0], values[1], is_judged, tuple(_complaints(before, after)))


def _complaints(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    errors = sum(run["errors"] for run in after["clients"].values())
    if errors:
        yield f"{errors} errors"
    was, now = (run.get("cost", {}).get("statements", 0) for run in (before, after))
    if was and now >= was + 1:
        yield f"{was:.0f} statements became {now:.0f}"


def table(found: list[Change]) -> str:
    lines = [f"{'page':26} {'person':8} {'before':>9} {'after':>9} {'ratio':>6}"]
    for change in found:
        unit = "x" if change.is_judged else "ms"
        mark = "  WORSE " + ", ".join(change.complaints) if change.is_worse else ""
        lines.append(
            f"{change.page:26} {change.person:8} {change.before:>7.1f}{unit:2} {change.after:>7.1f}{unit:2} "
            f"{change.ratio:>5.2f}{mark}"
        )
    return "\n".join(lines)


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(words)
    found = list(changes(*(json.loads(path.read_text()) for path in (options.before, options.after))))
    sys.stdout.write(table(found) + "\n")
    return int(any(change.is_worse for change in found))


if __name__ == "__main__":
    raise SystemExit(main())
