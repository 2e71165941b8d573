"""The cache of a walk: emptied before each request, and of this process only."""

from typing import Any, Final

MEMORY: Final[dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "walk"}
}
