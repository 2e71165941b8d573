"""Top descriptions, net worth and pace, as prepared text."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.urls import reverse

from budgets.reports.pace import LONGEST_PACE, Pace, pace_of
from budgets.reports.ranges import Asked, Link, day_in_words
from budgets.reports.report import NOTHING, Cell, Empty, Figure, Report, Row, Table, column, money
from budgets.reports.spending_pages import bucket_label, by_unit
from budgets.reports.sums import TOP, DescriptionSum, top_descriptions
from budgets.reports.worth import Worth, WorthPoint, net_worth_over_time
from transactions.search.links import rows_url
from transactions.summaries.ranges import Stretch
from wealthwise.core.charts.data import Bars, Chart, Series, Slice
from wealthwise.core.days import ONE_DAY
from wealthwise.core.locales import counted, show_count
from wealthwise.core.money import format_money

DRAWN: Final = 10
KINDS: Final = {"expense": "Spending", "income": "Income"}
DIRECTION: Final = {"expense": "spending", "income": "earnings"}


def descriptions(asked: Asked) -> Report:
    kind = asked.data.get("kind", "")
    kind = kind if kind in KINDS else "expense"
    verb = "came from" if kind == "income" else "was spent on"
    lede = f"What most {verb}, by description, whatever its case."
    switches = [Link(label, asked.address(kind=name), name == kind) for name, label in KINDS.items()]
    found = [] if asked.is_outside else top_descriptions(asked.user, asked.shown, kind)
    if not found:
        return Report("descriptions", lede, switches=switches, switch_label="Kind")
    notes = [f"The {TOP} with most. All others are in the transaction list."] if len(found) == TOP else []
    links = [rows_url(asked.stretch, description=row.description, direction=DIRECTION[kind]) for row in found]
    slices = [Slice(row.description, row.amount, link) for row, link in zip(found, links, strict=True)][:DRAWN]
    return Report(
        "descriptions",
        lede,
        bars=Bars(
            f"The {len(slices)} with most" if len(slices) > 1 else "The one with most", slices, asked.user.currency
        ),
        table=_description_table(asked, found, links, kind),
        switches=switches,
        switch_label="Kind",
        notes=notes,
    )


def _description_table(asked: Asked, found: Sequence[DescriptionSum], links: list[str], kind: str) -> Table:
    rows = [
        Row(
            Cell(row.description, row.description),
            [
                Cell(show_count(row.entries), row.entries),
                money(row.amount, asked.user.currency, link),
                money(row.amount / row.entries, asked.user.currency) if row.entries else Cell(NOTHING, None),
            ],
        )
        for row, link in zip(found, links, strict=True)
    ]
    names = ("Description", "Transactions", "Earned" if kind == "income" else "Spent", "On average")
    return Table([column(name) for name in names], rows)


WORTH_LEDE: Final = "What you own less what you owe, at the end of each month."


def net_worth(asked: Asked) -> Report:
    days = asked.shown.part(asked.shown.start, asked.today)
    worth = net_worth_over_time(asked.user, days, asked.unit) if days.end >= days.start else None
    if worth is None or not worth.open_accounts:
        return Report("net_worth", WORTH_LEDE, empty=None if worth is None else _no_accounts())
    first, last = worth.points[0], worth.points[-1]
    change = last.net - first.net
    currency = asked.user.currency
    figures = [
        Figure(
            "Net worth", format_money(last.net, currency), f"as of {day_in_words(last.day)}", reverse("accounts:list")
        ),
        Figure("Owned", format_money(last.owned, currency), "accounts above zero"),
        Figure("Owed", format_money(last.owed, currency), "accounts below zero"),
    ]
    if len(worth.points) > 1:
        tone = "income" if change > 0 else "over" if change < 0 else ""
        since = f"since {day_in_words(first.day)}"
        figures.append(Figure("Change", format_money(change, currency, sign=True), since, rows_url(days), tone))
    return Report(
        "net_worth",
        WORTH_LEDE,
        figures=figures,
        line=_worth_chart(asked, worth.points),
        table=_worth_table(asked, worth.points),
        switches=by_unit(asked),
        switch_label="Steps",
        notes=_worth_notes(worth, currency),
    )


def _no_accounts() -> Empty:
    return Empty(
        "No open accounts",
        "Add the places where your money sits to see what you are worth.",
        reverse("accounts:add"),
        "Add account",
        "building-library",
    )


def _worth_chart(asked: Asked, points: Sequence[WorthPoint]) -> Chart:
    labels = [bucket_label(asked, point.day) for point in points]
    return Chart("Net worth", labels, [Series("Net worth", [point.net for point in points])], asked.user.currency)


def _worth_table(asked: Asked, points: Sequence[WorthPoint]) -> Table:
    currency = asked.user.currency
    rows = []
    for number, point in enumerate(points):
        change = point.net - points[number - 1].net if number else None
        since = Stretch(points[number - 1].day + ONE_DAY, point.day)
        rows.append(
            Row(
                Cell(day_in_words(point.day), point.day, rows_url(since) if number else ""),
                [
                    money(point.owned, currency),
                    money(point.owed, currency),
                    money(point.net, currency),
                    Cell(NOTHING, None) if change is None else money(change, currency, sign=True),
                ],
            )
        )
    return Table([column(name) for name in ("At the end of", "Owned", "Owed", "Net worth", "Change")], rows)


def _worth_notes(worth: Worth, currency: str) -> list[str]:
    notes = [
        "Figured from today's balances back along the ledger. A day leads to what was booked since the one above; "
        "transfers between open accounts change nothing."
    ]
    if worth.later:
        later = format_money(worth.later, currency, sign=True)
        notes.append(f"{later} is booked after the last day and not in these figures; the accounts page counts it.")
    if count := worth.closed_accounts:
        notes.append(f"{count} closed {'account is' if count == 1 else 'accounts are'} left out.")
    return notes


PACE_LEDE: Final = "Spent so far, day by day, against the stretch before."


def pace(asked: Asked) -> Report:
    """The stretch asked for, up to today, over the one before it."""
    stretch, before = asked.stretch, asked.before
    earlier = Stretch(before, stretch.start - ONE_DAY)
    if stretch.days > LONGEST_PACE:
        return Report("pace", PACE_LEDE, empty=_too_long(asked))
    found = pace_of(asked.user, stretch, before, asked.today)
    if not (any(found.current) or any(found.previous)):
        return Report("pace", PACE_LEDE)
    days = max(stretch.days, len(found.previous))
    series = [Series("This time", found.current, "accent")]
    if found.previous:
        series.append(Series("The time before", found.previous, "muted"))
    against = f"{day_in_words(earlier.start)} – {day_in_words(earlier.end)}"
    return Report(
        "pace",
        f"Spent so far, day by day. Compared to {against}.",
        figures=_pace_figures(asked, found, earlier),
        line=Chart("Spent so far", [str(day) for day in range(1, days + 1)], series, asked.user.currency),
        table=_pace_table(asked, found, earlier),
        notes=[]
        if found.previous
        else ["Nothing was spent in the stretch before, so there is nothing to compare to."],
    )


def _too_long(asked: Asked) -> Empty:
    text = f"A pace is of up to {LONGEST_PACE} days. Choose fewer."
    return Empty(
        "Too long for a pace", text, asked.address(range="this-year", date_from=None, date_to=None), "Show this year"
    )


def _up_to(start: Stretch, number: int) -> str:
    """The rows that were spent from the first day to the one of that number, counted from 1."""
    last = start.start + (number - 1) * ONE_DAY
    return rows_url(Stretch(start.start, last), direction="spending")


def _pace_figures(asked: Asked, found: Pace, earlier: Stretch) -> list[Figure]:
    currency, days = asked.user.currency, len(found.current)
    now = found.current[-1]
    figures = [
        Figure(
            "Spent so far",
            format_money(now, currency),
            f"in {counted(days, 'day')}",
            _up_to(asked.stretch, days),
        )
    ]
    if found.previous:
        day = min(days, len(found.previous))
        then = found.previous[day - 1]
        figures.append(
            Figure(
                "By this day before",
                format_money(then, currency),
                f"of {format_money(found.previous[-1], currency)} in all",
                _up_to(earlier, day),
            )
        )
        figures.append(Figure("Difference", format_money(now - then, currency, sign=True), _compared(now - then)))
    return figures


def _compared(change: Decimal) -> str:
    return "as much as before" if not change else "more than before" if change > 0 else "less than before"


def _pace_table(asked: Asked, found: Pace, earlier: Stretch) -> Table:
    rows = []
    for number in range(1, max(len(found.current), len(found.previous)) + 1):
        now, then = _at(found.current, number), _at(found.previous, number)
        difference = now - then if now is not None and then is not None else None
        rows.append(
            Row(
                Cell(f"Day {number}", number),
                [
                    _spent(asked, now, _up_to(asked.stretch, number)),
                    _spent(asked, then, _up_to(earlier, number)),
                    Cell(NOTHING, None) if difference is None else money(difference, asked.user.currency, sign=True),
                ],
            )
        )
    return Table([column(name) for name in ("Up to", "This time", "The time before", "Difference")], rows)


def _at(sums: Sequence[Decimal], number: int) -> Decimal | None:
    return sums[number - 1] if number <= len(sums) else None


def _spent(asked: Asked, amount: Decimal | None, href: str) -> Cell:
    return Cell(NOTHING, None) if amount is None else money(amount, asked.user.currency, href)
