"""Misconfiguration said at start and not at three in the morning (``manage.py check --deploy``)."""

import os
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from wealthwise.postgres.sql import first_row, value_of

MINIMUM_POSTGRES = 150000
SHORTEST_TOKEN = 24
FEWEST_LETTERS = 10


@register(Tags.database)
def postgres_is_recent(*, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL 15 brings NULLS NOT DISTINCT and SET NULL of chosen columns, which the schema uses."""
    if not databases:
        return []
    if connection.vendor != "postgresql":
        return [Error("WealthWise runs on PostgreSQL only.", hint="Set DATABASE_URL.", id="wealthwise.E001")]
    connection.ensure_connection()
    if connection.pg_version < MINIMUM_POSTGRES:  # type: ignore[attr-defined]  # of PostgreSQL
        return [Error("PostgreSQL 15 or later is needed.", id="wealthwise.E002")]
    return []


@register(Tags.database)
def pools_fit_the_server(*, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """All pools at their peak, and one connection for a command, must fit into what the server lets in.

    A pooler in between has limits of its own, which PostgreSQL does not know.
    """
    if not databases or connection.vendor != "postgresql" or settings.BEHIND_POOLER:
        return []
    allowed = value_of(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    )
    pooled = settings.WORKERS * settings.WORKER_CONNECTIONS
    if allowed > pooled:
        return []
    return [
        Error(
            f"{settings.WORKERS} workers may open {pooled} connections; PostgreSQL lets "
            f"{allowed} in, and commands need one.",
            hint="Lower WEALTHWISE_THREADS or DB_POOL_SIZE (both per worker), or raise max_connections.",
            id="wealthwise.E004",
        )
    ]


@register()
def threads_fit_their_pool(**kwargs: Any) -> list[CheckMessage]:
    """A thread without a connection would wait for one, and answer 503 after ten seconds."""
    if 1 <= settings.THREADS <= settings.POOL_MAXIMUM:
        return []
    return [
        Error(
            f"{settings.THREADS} threads of a process share {settings.POOL_MAXIMUM} connections.",
            hint="Lower WEALTHWISE_THREADS (at least 1), or raise DB_POOL_SIZE or DB_POOL_OVERFLOW.",
            id="wealthwise.E005",
        )
    ]


@register()
def pool_is_reachable(**kwargs: Any) -> list[CheckMessage]:
    """A connection that no thread can ask for is counted by the plan and serves nobody."""
    if settings.THREADS >= settings.POOL_MAXIMUM:
        return []
    return [
        Warning(
            f"Of the {settings.POOL_MAXIMUM} connections of a process its {settings.THREADS} threads reach as many.",
            hint="Leave WEALTHWISE_THREADS away, or lower DB_POOL_SIZE and DB_POOL_OVERFLOW with it.",
            id="wealthwise.W008",
        )
    ]


@register()
def partitions_are_sensible(**kwargs: Any) -> list[CheckMessage]:
    """0 is a plain table; more than 256 partitions cost planning time and gain nothing."""
    if 0 <= settings.TRANSACTION_PARTITIONS <= 256:
        return []
    return [Error("WEALTHWISE_TRANSACTION_PARTITIONS must be between 0 and 256.", id="wealthwise.E003")]


@register()
def schedule_is_known(**kwargs: Any) -> list[CheckMessage]:
    """Else the scheduler ends again and again, and nothing regular is done."""
    from wealthwise.devserver import regular  # it reads models, which are there by now

    try:
        regular.works()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="wealthwise.E006")]
    return []


_POWERS = """
SELECT rolsuper, EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace)
FROM pg_roles r WHERE rolname = current_user
"""


@register(Tags.database, deploy=True)
def web_owns_nothing(*, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Of a server of one's own. The embedded one has a role for pages, see wealthwise/devserver/roles.py."""
    if not databases or connection.vendor != "postgresql" or "DATABASE_URL" not in os.environ:
        return []
    is_superuser, owns_tables = first_row(_POWERS) or (False, False)
    if not (is_superuser or owns_tables):
        return []
    return [
        Warning(
            f"The role of DATABASE_URL {'is a superuser' if is_superuser else 'owns the tables'}.",
            hint="Give the pages a role that may only read and write rows (docs/operations.md), commands the owner.",
            id="wealthwise.W007",
        )
    ]


@register(Tags.security, deploy=True)
def visitors_have_addresses_of_their_own(**kwargs: Any) -> list[CheckMessage]:
    """TLS ends at a proxy, as `serve` speaks none: uncounted, all visitors share its address and its few tries."""
    is_behind = settings.USE_TLS or settings.SECURE_PROXY_SSL_HEADER
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT or not is_behind:
        return []
    return [
        Warning(
            "All visitors share the address of the proxy, so that one locks out all.",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies in front that append to X-Forwarded-For.",
            id="wealthwise.W002",
        )
    ]


@register(Tags.security, deploy=True)
def hosts_are_named(**kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning("Any host name is answered.", hint="Name those of the site in ALLOWED_HOSTS.", id="wealthwise.W003")
    ]


@register(Tags.security, deploy=True)
def tokens_are_strong(**kwargs: Any) -> list[CheckMessage]:
    """Django itself looks at SECRET_KEY and its fallbacks."""
    token: str = settings.METRICS_TOKEN
    if not token or (len(token) >= SHORTEST_TOKEN and len(set(token)) >= FEWEST_LETTERS):
        return []
    return [
        Warning(
            "METRICS_TOKEN can be guessed.",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            id="wealthwise.W004",
        )
    ]


@register(Tags.security, deploy=True)
def cache_has_a_password(**kwargs: Any) -> list[CheckMessage]:
    """Whoever reaches it could read names of people, and write what pages show. A socket has an owner instead."""
    address = urlsplit(settings.CACHES["default"]["LOCATION"])
    if address.scheme not in ("redis", "rediss", "valkey", "valkeys") or address.password:
        return []
    return [
        Warning("The cache asks for no password.", hint="Put one into CACHE_URL and the server.", id="wealthwise.W005")
    ]


@register(Tags.security, deploy=True)
def mail_is_sent(**kwargs: Any) -> list[CheckMessage]:
    """Without a mail server mails go to the console, and so does each link that opens an account."""
    if not settings.USE_TLS or not settings.MAILERS["default"]["BACKEND"].endswith("core.mail.EmailBackend"):
        return []
    return [Warning("Mails are written to the console.", hint="Set EMAIL_URL.", id="wealthwise.W006")]


@register(Tags.security, deploy=True)
def site_uses_tls(**kwargs: Any) -> list[CheckMessage]:
    """Mailed links carry tokens, so a public site needs https in SITE_URL."""
    if settings.USE_TLS:
        return []
    return [Warning("SITE_URL is not https.", hint="Set SITE_URL to the public address.", id="wealthwise.W001")]
