"""What is due now and then: tokens and sessions that are over, and secrets under an old key."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import ApiToken, EmailVerification, KnownDevice, PasswordResetToken, RateLimit, WebSession
from accounts.signin import devices, sealing

KEPT = timedelta(days=90)  # that a token which has ended is still listed, so that its owner sees why a program stopped
SECRETS = ("secret", "seed")  # where allauth keeps what it asks the adapter to encrypt


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows went."""

    verifications: int
    resets: int
    sessions: int
    listed: int
    counts: int
    devices: int
    tokens: int


@transaction.atomic
def purge() -> Purged:
    """Delete mailed links, sessions, counts of tries and devices whose time is over, and entries of ended sessions.

    A link that is over opens nothing; its row would only tell when somebody asked for it.
    """
    now = timezone.now()
    verifications, _ = EmailVerification.objects.filter(expires_at__lte=now).delete()
    resets, _ = PasswordResetToken.objects.filter(expires_at__lte=now).delete()
    sessions, _ = WebSession.objects.filter(expire_date__lte=now).delete()
    alive = WebSession.objects.filter(session_key=OuterRef("session_key"))
    listed, _ = UserSession.objects.filter(~Exists(alive)).delete()
    counts, _ = RateLimit.objects.filter(expires_at__lte=now).delete()
    strange, _ = KnownDevice.objects.filter(seen_at__lte=now - devices.REMEMBERED).delete()
    tokens, _ = ApiToken.objects.filter(expires_at__lte=now - KEPT).delete()
    return Purged(verifications, resets, sessions, listed, counts, strange, tokens)


def seal_factors() -> int:
    """Seal what is in the clear or under an old key with the newest; returns how many. Safe to repeat.

    Each row is locked while it is changed, so a code that is used meanwhile is not used twice.
    """
    count = 0
    for pk in list(Authenticator.objects.exclude(type="webauthn").values_list("pk", flat=True)):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
            old = _not_current(factor.data) if factor else []
            if factor is None or not old:
                continue
            factor.data |= {key: sealing.seal(sealing.unseal(factor.data[key])) for key in old}
            factor.save(update_fields=["data"])
            count += 1
    return count


def _not_current(data: dict[str, Any]) -> list[str]:
    return [key for key in SECRETS if data.get(key) and not sealing.is_current(data[key])]
