"""What is kept and shown of a move: both sides of every balance, category and month, and what has no place."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final

MADE: Final = ("accounts", "categories", "subcategories", "tags", "months")
"""What a move added, by names that last."""


@dataclass(slots=True)
class SidesOf:
    """One line of the report; amounts as text, so that it can be kept. ``ours`` is empty for what was set aside."""

    name: str
    theirs: str
    ours: str
    note: str = ""

    @property
    def differs(self) -> bool:
        return self.theirs != self.ours

    @property
    def sides(self) -> tuple[Decimal | None, Decimal | None]:
        """Both as amounts."""
        return Decimal(self.theirs), Decimal(self.ours) if self.ours else None

    def is_sound(self) -> bool:
        try:
            return (
                isinstance(self.name, str)
                and isinstance(self.note, str)
                and all(each is None or each.is_finite() for each in self.sides)
            )
        except (InvalidOperation, TypeError, ValueError):
            return False


@dataclass(slots=True)
class MoveReport:
    source: str
    files: list[str]
    accounts: list[SidesOf] = field(default_factory=list)
    categories: list[SidesOf] = field(default_factory=list)
    months: list[SidesOf] = field(default_factory=list)
    cells: int = 0
    unequal: list[SidesOf] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    no_place: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    made: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> "MoveReport":
        lists = {name: [SidesOf(**each) for each in said[name]] for name in _SIDES}
        return cls(**(said | lists))

    def is_sound(self) -> bool:
        """Whether everything in it is of its kind: it may have come from a file."""
        sides = [each for name in _SIDES for each in getattr(self, name)]
        lists = [self.files, self.notes, *(self.made.get(name) for name in MADE if name != "subcategories")]
        pairs = self.made.get("subcategories")
        return (
            set(self.made) == set(MADE)
            and isinstance(self.source, str)
            and all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in lists)
            and isinstance(pairs, list)
            and all(isinstance(pair, list) and list(map(type, pair)) == [str, str] for pair in pairs)
            and all(each.is_sound() for each in sides)
            and type(self.cells) is int
            and all(type(number) is int for counts in (self.counts, self.no_place) for number in counts.values())
        )

    @property
    def differences(self) -> int:
        return sum(each.differs for each in [*self.accounts, *self.unequal])

    def lines(self) -> Iterator[str]:
        """The report as text."""
        yield f"{self.source}: {', '.join(self.files)}"
        for heading, sides in (("Account", self.accounts), ("Category", self.categories), ("Month", self.months)):
            if sides:
                yield f"{heading:<40} {'theirs':>16} {'ours':>16}"
            for each in sides:
                mark = "  differs" if each.differs else ""
                yield f"  {each.name[:38]:<38} {each.theirs:>16} {each.ours or '-':>16}{mark} {each.note}".rstrip()
        yield f"Sums of a category in a month: {self.cells}, of which differ: {len(self.unequal)}"
        yield from (f"  {count:>9,}  {name}" for name, count in self.counts.items() if count)
        if self.no_place:
            yield "Has no place here:"
        yield from (f"  {count:>9,}  {name}" for name, count in self.no_place.items())
        yield from self.notes


_SIDES: Final = ("accounts", "categories", "months", "unequal")
