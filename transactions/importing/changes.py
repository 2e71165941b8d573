"""What can be decided about all rows that are listed on the check page, at once."""

import re
from dataclasses import dataclass

from transactions.importing.draft.edits import Edit
from transactions.importing.formats.rows import DESCRIPTION_LENGTH
from transactions.importing.formats.text import clean_text
from transactions.importing.preview import CheckedRow


@dataclass(frozen=True, slots=True)
class Tick:
    """Book the rows, or leave them out. What is in the ledger already cannot be booked again."""

    is_taken: bool

    def __call__(self, row: CheckedRow, filed: int | None) -> Edit | None:
        return None if row.is_known or row.is_new == self.is_taken else Edit(is_taken=self.is_taken)


@dataclass(frozen=True, slots=True)
class FileUnder:
    """File the rows under a subcategory, under none with None."""

    subcategory: int | None
    only_ticked: bool

    def __call__(self, row: CheckedRow, filed: int | None) -> Edit | None:
        is_meant = not row.is_known and (row.is_new or not self.only_ticked)
        is_so = filed == self.subcategory and row.edit.is_filed
        return Edit(is_filed=True, subcategory=self.subcategory) if is_meant and not is_so else None


@dataclass(frozen=True, slots=True)
class Replace:
    """Put other words in place of some, whatever their case. A row that would be left without words keeps them."""

    find: str
    put: str
    only_ticked: bool

    def __call__(self, row: CheckedRow, filed: int | None) -> Edit | None:
        if row.is_known or (self.only_ticked and not row.is_new):
            return None
        now = row.booking.description
        text = re.sub(re.escape(self.find), lambda _: self.put, now, flags=re.IGNORECASE)
        text = clean_text(text, DESCRIPTION_LENGTH)
        return Edit(description=text) if text and text != now else None
