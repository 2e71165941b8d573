"""What is sent to move in. Whether it can be moved is for the readers to say."""

from typing import TYPE_CHECKING, Final

from django import forms
from django.conf import settings

from transactions.importing.forms import FilesField, FilesInput

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

MOST_FILES: Final = 20


class MoveInForm(forms.Form):
    """The files of one application, together."""

    file = FilesField(
        label="Files of the other application",
        help_text=(
            "What it exports, as it comes: a ZIP, CSV, QIF, journal, or the GnuCash file itself. Several files of one "
            "application go together. At most 100 MB."
        ),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
        widget=FilesInput(),
    )

    def clean_file(self) -> "list[UploadedFile[bytes]]":
        uploads: list[UploadedFile[bytes]] = self.cleaned_data["file"]
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(f"Send at most {MOST_FILES} files at once.")
        if sum(upload.size or 0 for upload in uploads) > settings.EXPORT_MAX_BYTES:
            most = settings.EXPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"The files are larger than {most} MB together.")
        return uploads
