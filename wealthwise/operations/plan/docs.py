"""The tables of indexes in docs/database.md, made from the models and the plan."""

from wealthwise.operations.plan.declared import declared
from wealthwise.operations.plan.indexes import written
from wealthwise.operations.plan.ledger import PLAN

BEGIN, END = "<!-- made by `manage.py plan --docs`: begin -->", "<!-- end -->"


def with_tables(text: str) -> str:
    """``text`` with what stands between the two marks made anew."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{tables()}\n\n{END}{tail}"


def tables() -> str:
    """Every index but the primary keys that are an id, and what serves the lines of the plan that are not built."""
    found = declared().values()
    indexes = [index for index in found if not index.is_primary_key or len(index.shape.columns) > 1]
    served = [line for line in PLAN if line.served_by]
    lines = [
        "| Table | Index | Columns | For |",
        "|---|---|---|---|",
        *(f"| `{index.table}` | `{index.name}` | `{written(index.shape)}` | {index.reason} |" for index in indexes),
        "",
        f"The plan has {len(PLAN)} index lines; {len(PLAN) - len(served)} are built under their names. The other "
        f"{len(served)} would only repeat the lead of an index that is there anyway.",
        "",
        "| Line of the plan | Served by |",
        "|---|---|",
        *(f"| `{line.name}` | `{line.served_by}` |" for line in served),
    ]
    return "\n".join(lines)
