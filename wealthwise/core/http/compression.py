"""Pages go out compressed by Intel's ISA-L: as gzip, in a fifteenth of zlib's time and an eighth larger."""

import gzip
import secrets
from typing import Any, Final

from django.http import HttpRequest
from django.middleware import gzip as django_gzip
from django.utils.cache import patch_vary_headers
from isal import igzip

LEVEL: Final = 2
MIN_BYTES: Final = 200
HEADER_BYTES: Final = 10


class GZipMiddleware(django_gzip.GZipMiddleware):
    """Django's, except for whole pages; what is streamed or has an ETag is left to it."""

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        is_left = response.streaming or response.has_header("Content-Encoding") or response.has_header("ETag")
        if is_left or len(response.content) < MIN_BYTES:
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Encoding",))
        if django_gzip.re_accepts_gzip.search(request.META.get("HTTP_ACCEPT_ENCODING", "")):
            packed = compressed(response.content, self.max_random_bytes)
            if len(packed) < len(response.content):
                response.content = packed
                response.headers["Content-Encoding"] = "gzip"
                response.headers["Content-Length"] = str(len(packed))
        return response


def compressed(content: bytes, max_random_bytes: int) -> bytes:
    """As gzip, with a name of random length in its header, so that sizes do not tell what a page says (BREACH)."""
    packed = igzip.compress(content, LEVEL)
    header = bytearray(packed[:HEADER_BYTES])
    header[3] = gzip.FNAME
    return bytes(header) + b"a" * secrets.randbelow(max_random_bytes) + b"\0" + packed[HEADER_BYTES:]
