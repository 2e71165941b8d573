"""What an import carried over, repaired and left out, to be read by whoever ran it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

EXAMPLES = 3


@dataclass(slots=True)
class RepairReport:
    """``carried`` counts rows by table; repairs and what was left out are counted by kind, with a few examples."""

    carried: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    examples: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def repaired(self, kind: str, where: str = "") -> None:
        self.repairs[kind] += 1
        self._example(kind, where)

    def left(self, kind: str, where: str = "", count: int = 1) -> None:
        self.left_out[kind] += count
        self._example(kind, where)

    def _example(self, kind: str, where: str) -> None:
        if where and len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(where)

    def lines(self) -> Iterator[str]:
        """The report as lines of text."""
        yield "Carried over:" if self.carried else "Nothing was added."
        yield from (f"  {count:>9,}  {table}" for table, count in self.carried.items() if count)
        for heading, counts in (("Repaired:", self.repairs), ("Left out:", self.left_out)):
            if counts:
                yield heading
            for kind, count in counts.items():
                shown = "; ".join(self.examples[kind])
                yield f"  {count:>9,}  {kind}" + (f" ({shown})" if shown else "")
