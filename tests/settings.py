"""The settings of the site, with servers and a key of the tests alone.

Whoever has the site of this checkout running meanwhile notices nothing.
"""

import os
from pathlib import Path

os.environ.setdefault("WEALTHWISE_HOME", str(Path(__file__).resolve().parent.parent / ".tests"))
os.environ.setdefault("SECRET_KEY", "only-for-tests")

from wealthwise.settings import *  # noqa: F403  reads them
