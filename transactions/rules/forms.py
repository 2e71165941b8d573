"""What a person says of a rule."""

from typing import Any, Final

from django import forms
from django.core.validators import MinValueValidator

from accounts.models import Account, User
from transactions.categories.fields import SubcategoryField
from transactions.models import Rule, Transaction
from transactions.models.cached_names import names_of
from transactions.rules.services import RuleTerms
from wealthwise.core.fields import AmountField, OwnField, field_of
from wealthwise.core.money import CENT
from wealthwise.core.two_tabs import TwoTabsForm

MOST_STARS: Final = 5
MOST_PAGES: Final = 2000
_TEXT: Final = Rule._meta.get_field("text").max_length or 0
_POSITIVE: Final = MinValueValidator(CENT, "The amount must be above zero.")


class RuleForm(TwoTabsForm, forms.Form):
    """When a rule holds, and what it files under."""

    how = forms.ChoiceField(label="The description", choices=Rule.How.choices, initial=Rule.How.CONTAINS)
    text = forms.CharField(
        max_length=_TEXT,
        required=False,
        help_text="Whatever the case. In “is like”, * stands for anything and ? for one character: coffee*airport.",
    )
    direction = forms.ChoiceField(choices=Rule.Direction.choices, required=False)
    amount_from = AmountField(required=False, validators=[_POSITIVE], help_text="The same in both: just that amount.")
    amount_to = AmountField(required=False, validators=[_POSITIVE])
    account = OwnField(Account.objects.none(), required=False, empty_label="Any account")
    subcategory = SubcategoryField(label="File it under", empty_label="Choose a category")

    def __init__(self, *args: Any, user: User, rule: Rule | None = None, **options: Any) -> None:
        known = self._of_rule(rule) if rule else {}
        super().__init__(*args, **{**options, "initial": known | (options.get("initial") or {})})
        accounts = names_of(user).accounts
        field_of(self, "account", OwnField).offer(Account.objects.for_user(user), list(accounts.items()))
        field_of(self, "subcategory", SubcategoryField).offer_all(user, kept=known.get("subcategory"))

    @staticmethod
    def _of_rule(rule: Rule) -> dict[str, Any]:
        same = {name: getattr(rule, name) for name in ("how", "text", "direction", "amount_from", "amount_to")}
        return same | {"account": rule.account_id, "subcategory": rule.subcategory_id}

    @staticmethod
    def initial_of(row: Transaction) -> dict[str, Any]:
        """The rule that comes to mind for a row of the ledger."""
        direction = Rule.Direction.OUT if row.amount < 0 else Rule.Direction.IN
        text = row.description[:_TEXT].strip()
        return {"text": text, "direction": direction.value, "subcategory": row.subcategory_id}

    def clean_text(self) -> str:
        """Without white space that nobody sees: imported descriptions have none."""
        return " ".join(self.cleaned_data["text"].split())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        text, least, most = data["text"], data["amount_from"], data["amount_to"]
        if not (text or least or most or data["account"]):
            raise forms.ValidationError("Say when the rule holds: give a text, an amount or an account.")
        if text and data["how"] == Rule.How.PATTERN:
            if text.count("*") > MOST_STARS:
                self.add_error("text", f"Use * at most {MOST_STARS} times.")
            elif not text.strip("*? "):
                self.add_error("text", "Write something besides * and ?, or every row would fit.")
        if least and most and least > most:
            self.add_error("amount_to", "This must be at least the amount that it begins with.")
        return data

    def terms(self) -> RuleTerms:
        """What was said, once the form is valid."""
        return RuleTerms(**self.cleaned_data)


class ApplyForm(forms.Form):
    """Which rule, all without one; which page of rows; how many rows the user was told."""

    rule = forms.IntegerField(min_value=1, max_value=2**31 - 1, required=False)
    page = forms.IntegerField(min_value=1, max_value=MOST_PAGES, required=False)
    seen = forms.IntegerField(min_value=0, required=False)
