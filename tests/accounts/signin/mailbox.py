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
    """Everything a visitor can see, without the address that they typed and the CSRF tokens."""
    text = re.sub(r"\b[A-Za-z0-9]{64}\b", "TOKEN", response.content.decode().replace(email, "ADDRESS"))
    return response.status_code, response.redirect_chain, text
