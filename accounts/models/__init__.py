"""Who users are and where their money sits."""

from accounts.models.accounts import Account, money_field
from accounts.models.form_receipts import FormReceipt
from accounts.models.tokens import EmailVerification, PasswordResetToken
from accounts.models.users import USERNAME_PATTERN, PeopleManager, User, username_base

__all__ = [
    "USERNAME_PATTERN",
    "Account",
    "EmailVerification",
    "FormReceipt",
    "PasswordResetToken",
    "PeopleManager",
    "User",
    "money_field",
    "username_base",
]
