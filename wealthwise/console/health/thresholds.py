"""From where on the console calls something unusual. Used by the front page and the health page alike."""

from datetime import timedelta
from typing import Final

STALE_VIEW: Final = timedelta(hours=1)  # four refreshes missed
LATE_WORK: Final = timedelta(hours=2)  # of the scheduler; what is at work delays what is due
STALE_CHECK: Final = timedelta(days=2)  # two nightly checks missed
HIT_RATIO: Final = 0.95  # of blocks found in the server's memory
BLOCKS_FOR_RATIO: Final = 100_000  # fewer say nothing about a ratio
CACHE_HIT_RATIO: Final = 0.5
LOOKUPS_FOR_RATIO: Final = 10_000
CONNECTIONS: Final = 0.8  # of max_connections
LONG_TRANSACTION: Final = 60.0  # seconds
LARGE_INDEX: Final = 10 * 1024 * 1024  # bytes; a smaller unused one costs little
SMALL_TABLE: Final = 128 * 1024  # bytes; of smaller ones only the sum is told
SMALL_WASTE: Final = 1024 * 1024  # bytes; a smaller index that is not needed is only counted
SKEW: Final = 2.0  # the largest partition as a multiple of the mean
ROWS_FOR_SKEW: Final = 100_000
DEAD_SHARE: Final = 0.2
DEAD_ROWS: Final = 10_000
XID_AGE: Final = 1.5  # as a multiple of autovacuum_freeze_max_age
LOG_WAITING: Final = 512 * 1024 * 1024  # bytes of the log of writes, and for how long nothing of it was handed over
LOG_LATE: Final = timedelta(hours=1)
REPLICA_SECONDS: Final = 30.0
STATEMENT_SHARE: Final = 0.3  # of all statement time
SLOW_STATEMENT: Final = 5_000.0  # milliseconds a call, of what people wait for
CALLS_FOR_SLOW: Final = 3
USED_IDS: Final = 0.7  # of the numbers that a column of ids can hold
SERVER_ERRORS: Final = 0.01  # of requests
REQUESTS_FOR_SHARE: Final = 100
QUEUED_SHARE: Final = 0.1  # of requests; a pool that begins or grows has each of its connections waited for once
