"""What apps built on this one do about people: they append to these lists in their ``ready()``."""

from collections.abc import Callable

after_erasure: list[Callable[[], None]] = []
"""Called once a person is gone for good, for what is derived of everybody's rows."""
