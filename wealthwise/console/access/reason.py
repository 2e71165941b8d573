"""The form that asks for a reason."""

from typing import Any

from django import forms


class ReasonForm(forms.Form):
    """Why it is done; for an erasure also the username, typed."""

    reason = forms.CharField(
        max_length=300,
        min_length=5,
        label="Reason",
        help_text="Kept in the log with your name. A ticket number is enough; no amounts and no addresses.",
    )
    confirmation = forms.CharField(max_length=20, label="Type the username to confirm")

    def __init__(self, *args: Any, typed: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.typed = typed
        if not typed:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        given: str = self.cleaned_data["confirmation"].strip().lower()
        if given != self.typed:
            raise forms.ValidationError(f"Type {self.typed}, the username of who is to be erased.")
        return given
