"""Forms of the import. They check what was chosen; whether a file can be read is the services' to say."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Account, User
from transactions.importing.csv.layout import DELIMITERS, THOUSANDS, CsvLayout
from transactions.importing.formats.rows import StatementError
from transactions.importing.formats.text import ENCODINGS
from transactions.importing.formats.values import DATE_FORMATS, describe_date_format
from wealthwise.core.fields import field_of

MOST_SKIPPED = 1000
DELIMITER_CHOICES = list(zip(DELIMITERS, ("Comma ,", "Semicolon ;", "Tab", "Vertical bar |"), strict=True))
ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
    "cp1252": "Windows (Western Europe)",
    "iso-8859-15": "ISO 8859-15 (Latin 9)",
    "cp850": "DOS (Western Europe)",
}
STYLE_CHOICES = [
    ("signed", "One column, with a minus for money out"),
    ("in_out", "Two columns, money out and money in"),
    ("flagged", "One column, and another that says debit or credit"),
]
# The value is the decimal separator, then the thousands separator.
DECIMAL_CHOICES = [
    (f"{decimal}{thousands}", f"1{thousands}234{decimal}56")
    for decimal in (".", ",")
    for thousands in THOUSANDS
    if thousands != decimal
]
SINGLE_COLUMNS = ("amount_column", "debit_column", "credit_column", "flag_column", "balance_column")
_EXAMPLE_DAY = date(2026, 12, 31)


class UploadForm(forms.Form):
    """A statement file, and the account it is of."""

    account = forms.ModelChoiceField(Account.objects.none(), empty_label="Choose an account")
    file = forms.FileField(
        label="Statement file",
        help_text="CSV, OFX, QFX, QIF, CAMT.053 or MT940, at most 10 MB. Look for “export” on your bank's website.",
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
        widget=forms.FileInput(
            attrs={"accept": ".csv,.txt,.tsv,.ofx,.qfx,.qbo,.qif,.xml,.camt,.c53,.053,.sta,.mt940,.940,.swi"}
        ),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        accounts = Account.objects.for_user(user).active()
        field_of(self, "account", forms.ModelChoiceField).queryset = accounts
        self.has_accounts = bool(accounts)
        if len(accounts) == 1:
            self.fields["account"].initial = accounts[0].pk

    def clean_file(self) -> "UploadedFile[bytes]":
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > settings.IMPORT_MAX_BYTES:
            most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"The file is larger than {most} MB. Export a shorter range of dates.")
        return upload


class ReadingForm(forms.Form):
    """How the text of a CSV falls into columns. Sent by GET: it only changes what the page shows."""

    delimiter = forms.ChoiceField(label="Columns are separated by", choices=DELIMITER_CHOICES)
    encoding = forms.ChoiceField(choices=[(name, ENCODING_NAMES[name]) for name in ENCODINGS])
    has_header = forms.TypedChoiceField(
        label="First row",
        choices=[("1", "Names the columns"), ("0", "Is a transaction already")],
        coerce=lambda value: value == "1",
    )
    skip_lines = forms.IntegerField(label="Lines to skip above it", min_value=0, max_value=MOST_SKIPPED)

    @staticmethod
    def initial_of(layout: CsvLayout) -> dict[str, Any]:
        return {
            "delimiter": layout.delimiter,
            "encoding": layout.encoding,
            "has_header": "1" if layout.has_header else "0",
            "skip_lines": layout.skip_lines,
        }


class LayoutForm(forms.Form):
    """What each column of a CSV means. ``names`` are the columns under the reading that the form came with."""

    date_column = forms.TypedChoiceField(label="Date", coerce=int)
    date_format = forms.ChoiceField(
        label="Dates look like",
        choices=[(f, f"{_EXAMPLE_DAY.strftime(f)} ({describe_date_format(f)})") for f in DATE_FORMATS],
    )
    amount_style = forms.ChoiceField(label="Amounts are in", choices=STYLE_CHOICES, widget=forms.RadioSelect)
    amount_column = forms.TypedChoiceField(label="Amount", coerce=int, empty_value=None, required=False)
    debit_column = forms.TypedChoiceField(label="Money out", coerce=int, empty_value=None, required=False)
    credit_column = forms.TypedChoiceField(label="Money in", coerce=int, empty_value=None, required=False)
    flag_column = forms.TypedChoiceField(label="Debit or credit", coerce=int, empty_value=None, required=False)
    balance_column = forms.TypedChoiceField(
        label="Balance",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="What was in the account after each row. It proves the order of the rows, and is compared.",
    )
    decimal_style = forms.ChoiceField(label="Amounts look like", choices=DECIMAL_CHOICES)
    invert = forms.BooleanField(
        label="Swap money in and out",
        help_text="For card statements that print purchases without a minus.",
        required=False,
    )
    description_columns = forms.TypedMultipleChoiceField(
        label="Description", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    comment_columns = forms.TypedMultipleChoiceField(
        label="Comment", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, reading: CsvLayout, names: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.reading, self.layout = reading, reading
        columns: list[tuple[Any, str]] = list(enumerate(names))
        for name in ("date_column", "description_columns", "comment_columns"):
            field_of(self, name, forms.ChoiceField).choices = columns
        for name in SINGLE_COLUMNS:
            field_of(self, name, forms.ChoiceField).choices = [("", "None"), *columns]

    @staticmethod
    def initial_of(layout: CsvLayout) -> dict[str, Any]:
        return layout.to_dict() | {"decimal_style": layout.decimal_separator + layout.thousands_separator}

    def clean(self) -> dict[str, Any]:
        """Sets ``layout``; columns that the chosen style of amounts does not use are left out of it."""
        data = super().clean() or {}
        if self.errors:
            return data
        style = data.pop("decimal_style")
        used = {"signed": {"amount"}, "in_out": {"debit", "credit"}, "flagged": {"amount", "flag"}}
        kept = used[data["amount_style"]] | {"balance"}
        unused = {name: None for name in SINGLE_COLUMNS if name[:-7] not in kept}
        chosen = self.reading.to_dict() | data | unused
        try:
            self.layout = CsvLayout.from_dict(
                chosen | {"decimal_separator": style[0], "thousands_separator": style[1:]}
            )
        except StatementError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return data


class ConfirmForm(forms.Form):
    """The confirmation: whether to categorise, and the counts that the user saw when confirming."""

    categorise = forms.BooleanField(required=False)
    with_deleted = forms.BooleanField(required=False)
    deleted = forms.IntegerField(required=False, min_value=0)
    new = forms.IntegerField(required=False)
    duplicate = forms.IntegerField(required=False)
    error = forms.IntegerField(required=False)
