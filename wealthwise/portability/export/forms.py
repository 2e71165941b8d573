"""The upload of an export. Whether it can be imported is the service's to say."""

from typing import Any

from django import forms
from django.conf import settings


class RestoreForm(forms.Form):
    file = forms.FileField(
        label="Export file",
        help_text=(
            "The .json or .json.gz file of an export, at most 100 MB: packed, that is some 3,000,000 transactions."
        ),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".json,.gz,application/json,application/gzip"}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.EXPORT_MAX_BYTES:
            most = settings.EXPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"The file is larger than {most} MB.")
        return upload
