"""Forms of the import. They check what was chosen; whether a file can be read is the services' to say."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from accounts.models import Account, User
from transactions.importing.csv.headings import direction
from transactions.importing.csv.layout import (
    DELIMITERS,
    MOST_CATEGORIES,
    MOST_WORDS,
    SEVERAL,
    SINGLE,
    THOUSANDS,
    CsvLayout,
)
from transactions.importing.csv.records import Sheet, names_of
from transactions.importing.formats.days import DATE_FORMATS, describe_date_format, typed_format
from transactions.importing.formats.encodings import ENCODING_NAMES
from transactions.importing.formats.rows import StatementError
from transactions.importing.packed.unpacking import MOST_FILES
from wealthwise.core.fields import field_of

MOST_SKIPPED = 1000
_DELIMITER_NAMES = ("Comma ,", "Semicolon ;", "Tab", "Vertical bar |", "Caret ^", "Tilde ~", "Hash #")
DELIMITER_CHOICES = list(zip(DELIMITERS, _DELIMITER_NAMES, strict=True))
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
ENDINGS = ".csv,.txt,.tsv,.ofx,.qfx,.qbo,.qif,.xml,.camt,.c53,.053,.sta,.mt940,.940,.swi,.xlsx,.xlsm,.ods,.zip"
_EXAMPLE_DAY = date(2026, 12, 31)


class FilesInput(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class FilesField(forms.FileField):
    """One file or several."""

    def clean(self, data: Any, initial: Any = None) -> Any:
        sent = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in sent or [None]]


class UploadForm(forms.Form):
    """Statement files, and the account that they are of."""

    account = forms.ModelChoiceField(Account.objects.none(), empty_label="Choose an account")
    file = FilesField(
        label="Statement files",
        help_text=(
            "CSV, OFX, QFX, QIF, CAMT.053, MT940, a spreadsheet (XLSX, ODS) or a ZIP of them, at most 20 MB each. "
            "Look for “export” on your bank's website."
        ),
        error_messages={"empty": "The file is empty.", "required": "Choose a file."},
        widget=FilesInput(attrs={"accept": ENDINGS}),
    )

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        accounts = Account.objects.for_user(user).active()
        field_of(self, "account", forms.ModelChoiceField).queryset = accounts
        self.has_accounts = bool(accounts)
        if len(accounts) == 1:
            self.fields["account"].initial = accounts[0].pk

    def clean_file(self) -> "list[UploadedFile[bytes]]":
        uploads: list[UploadedFile[bytes]] = self.cleaned_data["file"]
        if len(uploads) > MOST_FILES:
            raise forms.ValidationError(f"Send at most {MOST_FILES} files at once.")
        if any((upload.size or 0) > settings.IMPORT_MAX_BYTES for upload in uploads):
            most = settings.IMPORT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(f"The file is larger than {most} MB. Export a shorter range of dates.")
        return uploads


class ReadingForm(forms.Form):
    """How the text of a CSV falls into columns. Sent by GET: it only changes what the page shows."""

    delimiter = forms.ChoiceField(label="Columns are separated by", choices=DELIMITER_CHOICES)
    encoding = forms.ChoiceField(choices=list(ENCODING_NAMES.items()))
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


class EncodingForm(forms.Form):
    """Which letters the bytes of a file mean, where it is no CSV."""

    encoding = forms.ChoiceField(choices=[("", "As the file says"), *ENCODING_NAMES.items()], required=False)


def _shown_format(date_format: str) -> str:
    words = describe_date_format(date_format)
    return f"{_EXAMPLE_DAY.strftime(date_format)} ({words})" if "%" in date_format else words


class LayoutForm(forms.Form):
    """What each column of a CSV means. ``sheet`` is the file under the reading that the form came with."""

    date_column = forms.TypedChoiceField(label="Date", coerce=int)
    date_format = forms.ChoiceField(label="Dates look like")
    date_typed = forms.CharField(
        label="Or write it yourself",
        help_text="d, m and y as they stand in the file: dd.mm.yyyy, d mmm yy.",
        required=False,
        max_length=40,
    )
    amount_style = forms.ChoiceField(label="Amounts are in", choices=STYLE_CHOICES, widget=forms.RadioSelect)
    amount_column = forms.TypedChoiceField(label="Amount", coerce=int, empty_value=None, required=False)
    debit_column = forms.TypedChoiceField(label="Money out", coerce=int, empty_value=None, required=False)
    credit_column = forms.TypedChoiceField(label="Money in", coerce=int, empty_value=None, required=False)
    flag_column = forms.TypedChoiceField(label="Debit or credit", coerce=int, empty_value=None, required=False)
    out_words = forms.MultipleChoiceField(
        label="Which of them mean money out?", required=False, widget=forms.CheckboxSelectMultiple
    )
    balance_column = forms.TypedChoiceField(
        label="Balance",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="What was in the account after each row. It proves the order of the rows, and is compared.",
    )
    fee_column = forms.TypedChoiceField(
        label="Fee",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Taken off beside the amount.",
    )
    fee_is_row = forms.BooleanField(
        label="Make fees rows of their own",
        help_text="Otherwise the amount of a row has its fee in it.",
        required=False,
    )
    status_column = forms.TypedChoiceField(
        label="State",
        coerce=int,
        empty_value=None,
        required=False,
        help_text="Rows that it calls pending, reverted or failed are left out.",
    )
    account_column = forms.TypedChoiceField(
        label="Account", coerce=int, empty_value=None, required=False, help_text="Whose rows these are."
    )
    currency_column = forms.TypedChoiceField(label="Currency", coerce=int, empty_value=None, required=False)
    decimal_style = forms.ChoiceField(label="Amounts look like", choices=DECIMAL_CHOICES)
    invert = forms.BooleanField(
        label="Swap money in and out",
        help_text="For card statements that print purchases without a minus.",
        required=False,
    )
    description_columns = forms.TypedMultipleChoiceField(
        label="Payee or description", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    comment_columns = forms.TypedMultipleChoiceField(
        label="Comment: notes and references", coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    category_columns = forms.TypedMultipleChoiceField(
        label="Category", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Next you say which of your categories each of them is.",
    )  # fmt: skip
    tag_columns = forms.TypedMultipleChoiceField(
        label="Tags", coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text="Several in a cell are told apart by comma, semicolon or bar.",
    )  # fmt: skip

    def __init__(self, *args: Any, reading: CsvLayout, sheet: Sheet, **options: Any) -> None:
        super().__init__(*args, **options)
        self.reading, self.layout, self.sheet = reading, reading, sheet
        columns: list[tuple[Any, str]] = list(enumerate(names_of(sheet)))
        for name in ("date_column", *SEVERAL):
            field_of(self, name, forms.ChoiceField).choices = columns
        for name in SINGLE:
            none = "As its heading says" if name in ("account_column", "currency_column") else "None"
            field_of(self, name, forms.ChoiceField).choices = [("", none), *columns]
        formats = dict.fromkeys([*DATE_FORMATS, reading.date_format])
        field_of(self, "date_format", forms.ChoiceField).choices = [(f, _shown_format(f)) for f in formats]
        self.words = self._words_of(self["flag_column"].value())
        field_of(self, "out_words", forms.MultipleChoiceField).choices = [(word, word) for word in self.words]

    def _words_of(self, column: Any) -> list[str]:
        """The different words in the column of debit and credit, where there are few."""
        if not str(column).isdecimal():
            return []
        words = dict.fromkeys(word for record in self.sheet.records if (word := record.raw(int(column))))
        return list(words) if len(words) <= MOST_WORDS and all(len(word) <= 80 for word in words) else []

    @staticmethod
    def initial_of(layout: CsvLayout) -> dict[str, Any]:
        return layout.to_dict() | {
            "decimal_style": layout.decimal_separator + layout.thousands_separator,
            "out_words": list(layout.out_words or ()),
        }

    def clean_category_columns(self) -> list[int]:
        """The widest level first, whatever their order in the file: as they were found, then as they stand."""
        chosen: list[int] = self.cleaned_data["category_columns"]
        if len(chosen) > MOST_CATEGORIES:
            raise forms.ValidationError(f"Choose at most {MOST_CATEGORIES} columns.")
        found = [column for column in self.reading.category_columns if column in chosen]
        return [*found, *(column for column in chosen if column not in found)]

    def clean_date_typed(self) -> str:
        text: str = self.cleaned_data["date_typed"]
        if text.strip() and not typed_format(text):
            raise forms.ValidationError("Write a day, a month and a year as d, m and y, for example dd.mm.yyyy.")
        return typed_format(text)

    def _told_words(self, chosen: list[str]) -> dict[str, Any]:
        """Which words mean money out: as chosen, or as they are known. Raises ValidationError where neither is."""
        if chosen:
            return {"out_words": chosen, "in_words": [word for word in self.words if word not in chosen]}
        if not all(map(direction, self.words)):
            shown = " and ".join(f"“{word}”" for word in self.words[:4])
            raise forms.ValidationError({"out_words": f"Choose which of {shown} mean money out."})
        return {"out_words": None, "in_words": []}

    def clean(self) -> dict[str, Any]:
        """Sets ``layout``; columns that the chosen style of amounts does not use are left out of it."""
        data = super().clean() or {}
        if self.errors:
            return data
        style = data.pop("decimal_style")
        used = {"signed": {"amount"}, "in_out": {"debit", "credit"}, "flagged": {"amount", "flag"}}
        kept = used[data["amount_style"]] | {"balance", "fee", "status", "account", "currency"}
        unused = {name: None for name in SINGLE if name[:-7] not in kept}
        is_flagged = data["amount_style"] == "flagged" and data["flag_column"] is not None
        words = self._told_words(data["out_words"]) if is_flagged else {"out_words": None, "in_words": []}
        typed = {"date_format": typed, "month_language": ""} if (typed := data.pop("date_typed")) else {}
        chosen = self.reading.to_dict() | data | unused | words | typed
        try:
            self.layout = CsvLayout.from_dict(
                chosen | {"decimal_separator": style[0], "thousands_separator": style[1:]}
            )
            self.layout.must_be_whole()
        except StatementError as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return data


class ConfirmForm(forms.Form):
    """The counts that the user saw when confirming."""

    new = forms.IntegerField(required=False)
    error = forms.IntegerField(required=False)
