"""How many examples a rule is tried with: some in each run of the suite, and a great many by ``make deep``.

They are drawn anew in each run. A function costs a thousandth of what an example with rows of its own costs, so a
test of the second kind says that it is ``COSTLY``; no test says a number of its own.
"""

import os

from hypothesis import HealthCheck, settings

DEEP = bool(os.environ.get("WEALTHWISE_DEEP"))
# No test judges by the clock, and none by how long its examples take to draw. An example takes back what it wrote.
EACH = settings(
    max_examples=2_000 if DEEP else 60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
COSTLY = settings(EACH, max_examples=300 if DEEP else 12)
