"""The help: short answers in groups, each one a template in help/, found by a search that needs no script."""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.html import strip_tags
from django.views.decorators.http import require_safe

# To drop an answer, drop its line here and its template.
TOPICS: Final = {
    "Getting started": {
        "begin": "Where do I begin?",
        "phone": "How do I use it on a phone?",
        "country": "How are amounts and dates written?",
        "amounts": "What can I type as an amount?",
    },
    "Accounts and transactions": {
        "accounts": "How is a balance worked out?",
        "reconcile": "How do I compare with my bank?",
        "quick-keys": "How do I enter several transactions quickly?",
        "refunds": "How are refunds and transfers counted?",
        "transfer-hints": "Can it find transfers by itself?",
        "categories": "What happens when I delete a category?",
        "rules": "Can transactions be filed by themselves?",
        "filters": "How do I find a transaction?",
        "search": "What can I type into the search field?",
        "saved-filters": "Can I keep a filter?",
        "tags": "What are tags for?",
        "splits": "Can one transaction be of several categories?",
        "bulk": "Can I change many transactions at once?",
        "keys": "Which keys are there?",
    },
    "Budget": {
        "periods": "What is a budget period?",
        "to-allocate": "What does “to allocate” mean?",
        "overspent": "What does “over” mean?",
        "brought-forward": "What is “brought forward”?",
        "brought-forward-policy": "What happens to what is left over?",
        "copy-budget": "Can a budget start from an earlier one?",
        "recurring": "What are recurring items?",
        "due": "Can it tell what is due?",
    },
    "Statements and reports": {
        "import": "How do I import a statement?",
        "import-formats": "Which other file formats are read?",
        "moving-in": "Can I move in from another application?",
        "import-twice": "Will importing a file twice count things twice?",
        "reports": "What reports are there?",
    },
    "Your data": {
        "security": "How do I keep my account safe?",
        "password": "What if I forget my password?",
        "export": "Can I take my data with me?",
        "programs": "Can programs of my own use it?",
        "reset": "Can I start over?",
        "leaving": "How do I leave?",
        "further": "Who can help me further?",
    },
}
MAX_QUERY: Final = 100


@dataclass(frozen=True, slots=True)
class Topic:
    """A question and where its answer stands; ``words`` is all text of both in lower case, for the search."""

    slug: str
    question: str
    words: str


@login_not_required
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    query = request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY]
    groups = find(query)
    context = {
        "query": query,
        "groups": groups,
        "found": sum(len(topics) for topics in groups.values()),
        "layout": "base.html" if request.user.is_authenticated else "base_plain.html",
    }
    return render(request, "wealthwise/public/help.html", context)


def find(query: str) -> dict[str, list[Topic]]:
    """The topics that contain every word of ``query``, by group; groups without one are left out."""
    wanted = query.lower().split()
    groups = {
        group: [topic for topic in topics if all(word in topic.words for word in wanted)]
        for group, topics in all_topics().items()
    }
    return {group: topics for group, topics in groups.items() if topics}


@lru_cache(maxsize=1)
def all_topics() -> dict[str, list[Topic]]:
    return {group: [_topic(*entry) for entry in entries.items()] for group, entries in TOPICS.items()}


def _topic(slug: str, question: str) -> Topic:
    answer = render_to_string(f"wealthwise/public/help/{slug}.html")
    text = html.unescape(strip_tags(f"{question} {answer}"))
    return Topic(slug, question, re.sub(r"\s+", " ", text).lower())
