"""What arrived by mail and the links in it, and what a visitor sees of an answer."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core import mail


def links(index: int = -1) -> list[str]:
    """The addresses in one mail, in order."""
    return re.findall(r"https?://\S+", mail.outbox[index].body)


def path_with(part: str, index: int = -1) -> str:
    """The path of the one link of a mail whose path contains `part`."""
    (found,) = [urlsplit(link).path for link in links(index) if part in link]
    return found


def seen(response: Any, email: str) -> tuple[Any, ...]:
    """Everything a visitor can see, without the address that they typed and the CSRF token."""
    text = response.content.decode().replace(email, "ADDRESS")
    token = str(response.context["csrf_token"])
    return response.status_code, response.redirect_chain, text.replace(token, "TOKEN")
