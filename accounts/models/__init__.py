"""Who users are and where their money sits."""

from accounts.models.accounts import Account, money_field
from accounts.models.api_tokens import ApiToken
from accounts.models.form_receipts import FormReceipt
from accounts.models.guarding import KnownDevice, RateLimit
from accounts.models.tokens import EmailVerification, PasswordResetToken
from accounts.models.users import USERNAME_PATTERN, PeopleManager, User, username_base
from accounts.models.web_sessions import WebSession

__all__ = [
    "USERNAME_PATTERN",
    "Account",
    "ApiToken",
    "EmailVerification",
    "FormReceipt",
    "KnownDevice",
    "PasswordResetToken",
    "PeopleManager",
    "RateLimit",
    "User",
    "WebSession",
    "money_field",
    "username_base",
]
