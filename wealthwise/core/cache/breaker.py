"""A cache that hangs or is gone costs one short wait, and is then left alone for some seconds.

django-redis hides every failure of the cache, so each command of each page would wait for its time-out anew. Each
connection asks this object before a command: after a failure it refuses all of them at once, in all threads of the
process, until RETRY_AFTER seconds have passed. Then the next command sees whether the cache is back.
"""

import logging
import time
from collections.abc import Callable
from typing import Any, Final, Self

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as CacheGone
from redis.exceptions import TimeoutError as CacheHangs
from redis.retry import Retry

RETRY_AFTER: Final = 5.0  # seconds
TIMEOUT: Final = 0.3  # seconds, of a connection and of a command
logger = logging.getLogger("wealthwise.cache")


class CircuitBreaker(Retry):
    """What redis-py calls around each connect and each command; one object of a process, which is never copied."""

    def __init__(self) -> None:
        super().__init__(NoBackoff(), 0)
        self._gone_until = 0.0

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def call_with_retry(self, do: Callable[[], Any], fail: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Run a command once, unless one has failed a moment ago."""
        if time.monotonic() < self._gone_until:
            raise CacheGone("The cache is taken for gone.")
        try:
            return do()
        except (CacheGone, CacheHangs, OSError) as error:
            if time.monotonic() >= self._gone_until:
                logger.warning("The cache does not answer: it is left alone for %.0f seconds.", RETRY_AFTER)
            self._gone_until = time.monotonic() + RETRY_AFTER
            fail(error, 1) if options.get("with_failure_count") else fail(error)
            raise

    def reset(self) -> None:
        """Take the cache for there, as at the start of the process."""
        self._gone_until = 0.0


BREAKER: Final = CircuitBreaker()
