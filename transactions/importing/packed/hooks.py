"""What apps built on this one know of files: they append to this list in their ``ready()``."""

from collections.abc import Callable

recognisers: list[Callable[[bytes], str]] = []
"""Each names the application of which a file is a whole ledger, and says nothing of a statement."""
