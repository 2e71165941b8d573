"""The one Jinja2 environment of the pages. Every name that a template can use without importing it is here."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import django.forms
import jinja2
from django.conf import settings
from django_htmx.jinja import htmx_script

from wealthwise.core import mail
from wealthwise.core.charts import drawing, flow
from wealthwise.core.jinja import writing
from wealthwise.core.jinja.output import PageEnvironment
from wealthwise.core.jinja.translations import SentencesExtension

# Where names of templates begin: shared ones, those whose names the sign-in library chooses, Django's widgets,
# and the project's root, since a page's template stands beside its view: `transactions/ledger/list.html`.
FOLDERS = ("wealthwise/core/templates", "accounts/signin/templates", ".")


def folders() -> list[Path]:
    """The folders in the order in which they are searched."""
    own = [Path(settings.BASE_DIR) / name for name in FOLDERS]
    return [*own[:-1], Path(django.forms.__path__[0]) / "jinja2", own[-1]]


def environment(**options: Any) -> jinja2.Environment:
    """For TEMPLATES: what is not there raises, wherever it is asked for, and lines of tags leave no blank lines."""
    options |= {
        "loader": jinja2.FileSystemLoader(folders()),
        "undefined": jinja2.StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": [SentencesExtension, "jinja2.ext.do"],
    }
    found = PageEnvironment(**options)
    found.policies["ext.i18n.trimmed"] = True
    found.globals |= {
        "drawing": drawing,
        "drawing_flow": flow,
        "form_key": uuid4,
        "htmx_script": htmx_script,
        "icon": writing.icon,
        "mail_is_logged": mail.is_logged,
        "navigation": writing.navigation,
        "share_of": writing.share_of,
        "static": writing.static,
        "url": writing.url,
        "url_pattern": writing.url_pattern,
    }
    found.filters |= {
        "clock": writing.clock,
        "count": writing.count,
        "day": writing.day,
        "money": writing.money,
        "typed": writing.typed,
    }
    return found
