"""Uploads have an end: a request that announces more is refused before anything of it is kept."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

FORM_AROUND_IT = 1024 * 1024


class BoundedUploadHandler(FileUploadHandler):
    """Stands before Django's own handlers, which take the file."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: dict[str, str],  # noqa: N803 - Django's name for it
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > settings.EXPORT_MAX_BYTES + FORM_AROUND_IT:
            raise RequestDataTooBig("The upload is larger than anything that can be imported.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
