"""The whole plan, section by section, with the state of each row; for the command and the console."""

import json
from dataclasses import asdict
from itertools import groupby
from typing import Any

from django.template.defaultfilters import filesizeformat

from wealthwise.operations.plan import application, indexes, schema
from wealthwise.operations.plan.definitions import definition_rows
from wealthwise.operations.plan.facts import Row, gather


def report(connection: Any) -> list[Row]:
    """Every row of the plan in its order, judged by the live catalog and the running code."""
    facts = gather(connection)
    return [
        *(row for section in ("1.1", "1.2", "1.3", "1.4") for row in indexes.rows_of(section, facts)),
        *indexes.rows_beyond(facts),
        *schema.key_rows(facts),
        *schema.rule_rows(facts),
        *definition_rows(connection),
        *schema.partition_rows(facts),
        *schema.type_rows(facts),
        *indexes.rows_of("5.1", facts),
        *schema.view_rows(facts),
        *application.eager_rows(facts),
        *application.pool_rows(),
        *application.cache_rows(),
        *application.maintenance_rows(facts),
        *application.monitoring_rows(facts),
        *schema.phase_rows(facts),
        *application.time_rows(),
    ]


def broken(rows: list[Row]) -> list[Row]:
    """The rows that do not hold; rows that only inform are none of them."""
    return [row for row in rows if row.holds is False]


def as_json(rows: list[Row]) -> str:
    """All rows; ``size`` in bytes, ``holds`` null where a row only informs."""
    found = broken(rows)
    return json.dumps({"holds": not found, "broken": len(found), "rows": [asdict(row) for row in rows]}, indent=2)


def as_text(rows: list[Row]) -> str:
    """A block per section: mark, name, state, and size and scans where they mean something."""
    width = max(len(row.name) for row in rows)
    lines = []
    for section, members in groupby(rows, key=lambda row: row.section):
        lines += ["", section, *(_line(row, width) for row in members)]
    found = broken(rows)
    judged = sum(row.holds is not None for row in rows)
    lines += ["", f"{judged - len(found)} of {judged} rows hold."]
    return "\n".join(lines[1:])


def _line(row: Row, width: int) -> str:
    mark = {True: "ok", False: "NO", None: "--"}[row.holds]
    size = "" if row.size is None else f"  {filesizeformat(row.size)}".replace("\xa0", " ")
    scans = "" if row.scans is None else f", {row.scans} scans"
    return f"  {mark}  {row.name:<{width}}  {row.state}{size}{scans}"
