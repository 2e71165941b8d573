"""How long whoever needs a connection waits, which the settings know before there are any."""

from typing import Final

LONGEST: Final = 10.0  # seconds in which a request waits for a connection
TRY: Final = 0.25  # seconds until it has another one opened, and after which a try to open one is given up
EMPTIED: Final = 1.0  # seconds: who finds a broken one so soon after the pool was emptied puts away that one only
