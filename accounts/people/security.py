"""How a user's sign-in is secured, for the settings page."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from accounts.models import User

FEW_CODES = 3


@dataclass(frozen=True, slots=True)
class Security:
    """``codes_left`` is None while there are no recovery codes."""

    has_app: bool
    keys: int
    codes_left: int | None
    sessions: int

    @property
    def has_second_factor(self) -> bool:
        return self.has_app or self.keys > 0

    @property
    def runs_out(self) -> bool:
        return self.codes_left is not None and self.codes_left <= FEW_CODES


def security_of(user: User) -> Security:
    """Two statements. Sessions that have ended may still be counted until somebody looks at their list."""
    factors = list(Authenticator.objects.filter(user=user))
    kinds = [factor.type for factor in factors]
    codes = next((factor.wrap() for factor in factors if factor.type == Authenticator.Type.RECOVERY_CODES), None)
    return Security(
        has_app=Authenticator.Type.TOTP in kinds,
        keys=kinds.count(Authenticator.Type.WEBAUTHN),
        codes_left=len(codes.get_unused_codes()) if codes else None,
        sessions=UserSession.objects.filter(user=user).count(),
    )
