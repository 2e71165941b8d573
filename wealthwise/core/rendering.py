"""Text for HTML that is still built as strings."""

from html import escape

from django.utils.safestring import SafeString


def text(value: object) -> str:
    """``value`` as HTML."""
    return value if isinstance(value, SafeString) else escape(str(value))
