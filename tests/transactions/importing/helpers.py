"""What the tests of the import share: files, and the way through the steps."""

from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Account, User
from transactions.importing import services
from transactions.models import ImportBatch, Transaction

FIXTURES = Path(__file__).parent / "fixtures"


def fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def statement(*rows: str, head: str = "Date,Description,Amount") -> bytes:
    """A CSV with one line per row."""
    return "\n".join([head, *rows, ""]).encode()


COFFEES = statement("2026-03-02,Coffee,-3.20", "2026-03-02,Coffee,-3.20", "2026-03-14,Salary,2500.00")


def staged(user: User, account: Account, data: bytes = COFFEES, name: str = "bank.csv") -> ImportBatch:
    return services.stage(user=user, account=account, file_name=name, data=data)


def imported(user: User, account: Account, data: bytes = COFFEES, name: str = "bank.csv") -> ImportBatch:
    return services.commit(batch=staged(user, account, data, name))


def upload(client: Any, account: Account, data: bytes, name: str = "bank.csv") -> Any:
    return client.post(reverse("transactions:import"), {"account": account.pk, "file": SimpleUploadedFile(name, data)})


def step(name: str, batch: ImportBatch | int) -> str:
    return reverse(f"transactions:import_{name}", args=[batch if isinstance(batch, int) else batch.pk])


def booked(user: User) -> list[tuple[str, str, str]]:
    """Everything in the ledger: day and hour in UTC, amount, description; oldest first."""
    rows = Transaction.objects.for_user(user).order_by("transaction_date", "id")
    return [(f"{row.transaction_date:%Y-%m-%d %H:%M}", str(row.amount), row.description) for row in rows]


def rows_form(page: Any, changes: dict[str, dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """What a browser would send from the check page, with some changes to rows by their descriptions."""
    shown, counts, changes = page.context["rows_page"], page.context["counts"], dict(changes or {})
    sent = {"new": counts.new, "error": counts.error, "show": shown.listed.show, "text": shown.listed.text}
    sent["page"] = shown.number
    for form in [row.form for row in shown.rows if row.form]:
        values = {name: form[name].value() for name in form.fields} | changes.pop(form.shown.description, {})
        sent |= {form.add_prefix(name): value for name, value in values.items() if value is not False}
        sent[form.shown_name] = form.shown.dumped()
    assert not changes, "no such row is on the page"
    return sent | more


def columns_form(response: Any, **changes: Any) -> dict[str, Any]:
    """What a browser would send from the page of columns, with some changes."""
    form, reading = response.context["form"], response.context["columns"].layout
    values = {name: form[name].value() for name in form.fields}
    values |= {
        "delimiter": reading.delimiter,
        "encoding": reading.encoding,
        "has_header": "1" if reading.has_header else "0",
        "skip_lines": reading.skip_lines,
    }
    return {name: value for name, value in (values | changes).items() if value is not None and value is not False}
