"""Loops that cost a page milliseconds as templates, as plain string building: options of a select, rows of a table.

A template resolves, localizes and escapes each variable in some microseconds; a page with three selects and fifty
rows has thousands. Everything that is not marked safe is escaped here.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.utils.safestring import SafeString, mark_safe

SELECT = "django/forms/widgets/select.html"


def text(value: object) -> str:
    """``value`` as HTML."""
    return value if isinstance(value, SafeString) else escape(str(value))


def attributes(given: Mapping[str, Any]) -> str:
    """As Django writes them: nothing for False, only the name for True."""
    return "".join(
        f" {name}" if value is True else f' {name}="{text(value)}"'
        for name, value in given.items()
        if value is not False
    )


def options(groups: Iterable[tuple[str | None, Iterable[tuple[object, object]]]]) -> SafeString:
    """Options of a select from (group, [(value, label)]); without a group's name they stand alone."""
    parts = []
    for group, members in groups:
        inside = "".join(f'<option value="{text(value)}">{text(label)}</option>' for value, label in members)
        parts.append(f'<optgroup label="{text(group)}">{inside}</optgroup>' if group else inside)
    return mark_safe("".join(parts))


class FormRenderer(TemplatesSetting):
    """Forms by templates, except the select, whose template would be rendered again for each option."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)  # type: ignore[no-any-return]


def _select(widget: dict[str, Any]) -> SafeString:
    parts = [f'<select name="{text(widget["name"])}"{attributes(widget["attrs"])}>']
    for group, members, _ in widget["optgroups"]:
        inside = "".join(
            f'<option value="{text(option["value"])}"{attributes(option["attrs"])}>{text(option["label"])}</option>'
            for option in members
        )
        parts.append(f'<optgroup label="{text(group)}">{inside}</optgroup>' if group else inside)
    return mark_safe("".join([*parts, "</select>"]))
