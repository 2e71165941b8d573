"""The upload of an export. Whether it can be imported is the service's to say."""

from typing import Any

from django import forms
from django.conf import settings


class RestoreForm(forms.Form):
    file = forms.FileField(
        label="Export file",
        help_text="The .json file of an export, at most 100 MB.",
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > settings.EXPORT_MAX_BYTES:
            most = settings.EXPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"The file is larger than {most} MB.")
        return upload
