"""The fields of the list's filter as HTML: a dozen, three of them with all names that a person gave, on each page.

What `{% field %}` and Django's widgets would write, from the same bound fields.
"""

from functools import cache
from html import escape
from typing import Any

from django.forms import BoundField, CheckboxInput, Select
from django.utils.safestring import SafeString, mark_safe

from transactions.search.filters import FilterForm
from transactions.search.language import HELP
from wealthwise.core.rendering import attributes, options, text

ROWS = (
    ("account", "category", "subcategory", "direction"),
    ("period", "date_from", "date_to"),
    ("amount_from", "amount_to"),
)
CHECKS = ("uncategorised", "imported")


def panel(form: FilterForm) -> SafeString:
    """All fields that open below the search box."""
    *rows, last = ("".join(_field(form[name]) for name in names) for names in ROWS)
    checks = "".join(_field(form[name]) for name in CHECKS)
    rows.append(f'{last}<div class="cluster">{checks}</div>')
    return mark_safe("".join(f'<div class="form-row">{row}</div>\n' for row in rows))


def search_box(form: FilterForm) -> SafeString:
    """The control without its label and its errors."""
    return mark_safe(_control(form["q"]))


@cache
def search_help() -> SafeString:
    """How to search, the same for all."""
    return mark_safe(
        "".join(f"<div><dt><code>{escape(o.example)}</code></dt><dd>{escape(o.meaning)}</dd></div>" for o in HELP)
    )


def _field(bound: BoundField) -> str:
    errors = "".join(f"<p>{text(error)}</p>" for error in bound.errors)
    notes = f'<div class="field-error" id="{bound.auto_id}_error">{errors}</div>' if errors else ""
    state, label = " has-error" if errors else "", text(bound.label)
    if isinstance(bound.field.widget, CheckboxInput):
        return (
            f'<div class="field field-check{state}">{_control(bound)}\n'
            f'<label for="{bound.auto_id}">{label}</label>{notes}</div>\n'
        )
    return (
        f'<div class="field{state}"><label class="field-label" for="{bound.auto_id}">{label} '
        f'<span class="optional">optional</span></label>{_control(bound)}{notes}</div>\n'
    )


def _control(bound: BoundField) -> str:
    widget, value = bound.field.widget, bound.data
    given = {**widget.attrs}
    if bound.errors:
        given["aria-invalid"] = "true"
        given.setdefault("aria-describedby", f"{bound.auto_id}_error")
    given["id"] = bound.auto_id
    if isinstance(widget, Select):
        return f'<select name="{bound.html_name}"{attributes(given)}>{_options(bound.field, value)}</select>'
    if isinstance(widget, CheckboxInput):
        given["checked"] = bool(value)
    elif (shown := widget.format_value(value)) is not None:
        given = {"value": shown, **given}
    return f'<input type="{widget.input_type}" name="{bound.html_name}"{attributes(given)}>'


def _options(field: Any, value: str | None) -> str:
    """Choices, of which some are groups of choices. What was asked for is selected, if it is one of them."""
    choices = [(key, label) if isinstance(label, list) else (None, [(key, label)]) for key, label in field.choices]
    asked = f'<option value="{text(value or "")}"'
    return options(choices).replace(f"{asked}>", f"{asked} selected>", 1)
