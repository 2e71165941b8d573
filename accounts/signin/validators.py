"""The one password policy (sign-up, change and reset all use AUTH_PASSWORD_VALIDATORS), and usernames."""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

POLICY = "At least 12 characters with upper and lower case, a digit and a symbol; not a common one."

username_validators = [
    RegexValidator(r"^[A-Za-z0-9_]{3,20}\Z", "Use 3 to 20 letters, digits or underscores.", code="username_shape")
]


class CharacterClassesValidator:
    """Asks for an upper-case letter, a lower-case letter, a digit and a symbol."""

    def validate(self, password: str, user: Any = None) -> None:
        checks = {
            "an upper-case letter": any(c.isupper() for c in password),
            "a lower-case letter": any(c.islower() for c in password),
            "a digit": any(c.isdigit() for c in password),
            "a symbol": re.search(r"[^\w\s]|_", password) is not None,
        }
        missing = [name for name, found in checks.items() if not found]
        if missing:
            raise ValidationError(f"The password still needs {', '.join(missing)}.", code="password_classes")

    def get_help_text(self) -> str:
        return POLICY
