#!/usr/bin/env python
"""Django's command line, with the embedded servers started for the commands that need them."""

import contextlib
import os
import sys

# Everything else finds the database running. `serve` starts it itself, because it also waits for its end.
NEEDS_NO_DATABASE = {
    "check",
    "collectstatic",
    "compilemessages",
    "dbserver",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "restore",
    "serve",
    "startapp",
    "startproject",
    "version",
}
ASKS_FOR_HELP = {"-h", "--help", "--version"}


def needs_database(arguments: "list[str]") -> bool:
    """Say whether the command line is one that talks to PostgreSQL."""
    if not arguments or ASKS_FOR_HELP & set(arguments):
        return False
    if arguments[0] == "check":
        return any(argument.startswith("--database") for argument in arguments)
    return arguments[0] not in NEEDS_NO_DATABASE


def servers_held() -> "contextlib.AbstractContextManager[object]":
    """Hold the embedded servers, as far as DATABASE_URL and CACHE_URL do not replace them."""
    from wealthwise.devserver import server

    try:
        lease = server.ensure_from_environment(server.HOME, os.environ)
    except server.ServerError as error:
        sys.exit(str(error))
    return lease.keep() if lease else contextlib.nullcontext()


def main() -> None:
    """Run one command. Before the version is known to do, nothing that old versions cannot read."""
    if sys.version_info < (3, 12):
        sys.exit("WealthWise needs Python 3.12 or later; this is Python %d.%d." % sys.version_info[:2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wealthwise.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed for %s: run `make setup`, then use .venv/bin/python." % sys.executable)
    with servers_held() if needs_database(sys.argv[1:]) else contextlib.nullcontext():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
