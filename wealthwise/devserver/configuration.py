"""What the embedded PostgreSQL is set to: defaults that a file of the operator changes, and what no file can.

The operator's file is ``postgresql.conf`` in WEALTHWISE_HOME. It is copied at each start, as the user that PostgreSQL
runs as may not reach the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from wealthwise.devserver.layout import DATABASE, PORT, Layout

_DEFAULTS: Final = {
    "max_connections": "200",  # six workers with a pool each, and commands
    "shared_buffers": "256MB",
    # One statement over every partition of the ledger locks each of them and each of their indexes.
    "max_locks_per_transaction": "256",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "all",
    "track_io_timing": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # The first backup names the folder; until then the log of writes is not kept beyond the next checkpoint.
    "archive_mode": "on",
    "archive_command": "exit 0",
    "archive_timeout": "15min",
    # Who waits for a lock, what spills to disk and what vacuums long, by the number of its statement: %Q.
    "log_line_prefix": "%m [%p] %d %a %Q ",
    "log_lock_waits": "on",
    "log_temp_files": "100MB",
    "log_autovacuum_min_duration": "10s",
}
# What a statement is about is private, and so is what an error says of it: the site logs its own errors.
_FIXED: Final = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "cluster_name": DATABASE,
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_statement": "none",
    "log_replication_commands": "off",
    "log_error_verbosity": "terse",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "auto_explain.log_min_duration": "-1",
    "debug_print_parse": "off",
    "debug_print_rewritten": "off",
    "debug_print_plan": "off",
    "log_destination": "stderr",
    "logging_collector": "off",
}


def write(layout: Layout, cluster: Path) -> Path:
    """The server's configuration file, made anew: what initdb wrote, the defaults, then the operator's file."""
    theirs = layout.cluster_home / "operator.conf"
    theirs.write_text(layout.operators_file.read_text() if layout.operators_file.exists() else "")
    lines = [
        f"include {_quoted(str(cluster / 'postgresql.conf'))}",
        *(f"{name} = {_quoted(value)}" for name, value in _DEFAULTS.items()),
        f"include {_quoted(str(theirs))}",
    ]
    ours = layout.cluster_home / "server.conf"
    ours.write_text("\n".join(lines) + "\n")
    return ours


def fixed(layout: Layout) -> dict[str, str]:
    """What stands on the command line, and so above every file and ALTER SYSTEM."""
    folder = str(layout.sockets).replace('"', '""')
    return {**_FIXED, "unix_socket_directories": f'"{folder}"'}


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
