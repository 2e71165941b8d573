"""What the front page calls out, kept from one look to the next: since when it stands, and who was told."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now

from wealthwise.console.front.attention import Notice
from wealthwise.console.health.panels import BAD, PLAIN
from wealthwise.console.models import HealthAlarm
from wealthwise.postgres import locks
from wealthwise.postgres.locks import Lock


def keep(found: Sequence[Notice]) -> list[HealthAlarm]:
    """Remember what is called out now; returns what is not any more, of which a mail had told. Two take turns.

    What was to be looked at and is to be acted on now is news. Of several with one key, the worst of which comes
    first, each is told.
    """
    now: dict[str, HealthAlarm] = {}
    for notice in found:
        if notice.tone != PLAIN:
            key = notice.key[:200]
            if key in now:
                now[key].text += f" {notice.text}"
            else:
                now[key] = HealthAlarm(key=key, tone=notice.tone, text=notice.text)
    with transaction.atomic():
        locks.wait_for(Lock.HEALTH_SAMPLE)
        worse = [key for key, alarm in now.items() if alarm.tone == BAD]
        HealthAlarm.objects.filter(key__in=worse).exclude(tone=BAD).update(told_at=None)
        HealthAlarm.objects.bulk_create(
            [alarm for _, alarm in sorted(now.items())],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["tone", "text"],
        )
        over = list(HealthAlarm.objects.exclude(key__in=now).order_by("since"))
        HealthAlarm.objects.filter(pk__in=[alarm.pk for alarm in over]).delete()
    return [alarm for alarm in over if alarm.told_at]


def since() -> dict[str, datetime]:
    """Since when each alarm stands, by the key of its notice."""
    return dict(HealthAlarm.objects.values_list("key", "since"))


def tell(over: Sequence[HealthAlarm]) -> bool:
    """Mail what nobody was told of yet, with what stands beside it, and what is ``over``; whether a mail went out."""
    with transaction.atomic():
        standing = list(HealthAlarm.objects.select_for_update().order_by("tone", "since"))
        new = [alarm for alarm in standing if alarm.told_at is None]
        if not settings.HEALTH_MAIL_TO or not (new or over):
            return False
        HealthAlarm.objects.filter(pk__in=[alarm.pk for alarm in new]).update(told_at=Now())
        subject = f"WealthWise: {len(standing)} to look at" if standing else "WealthWise: all is as it should be again"
        send_mail(subject, _mail(standing, over), None, settings.HEALTH_MAIL_TO)
    return True


def _mail(standing: Sequence[HealthAlarm], over: Sequence[HealthAlarm]) -> str:
    words = {"bad": "Act", "warn": "Look"}
    lines = [f"{words[alarm.tone]}: {alarm.text} (since {alarm.since:%Y-%m-%d %H:%M} UTC)" for alarm in standing]
    gone = [f"Over: {alarm.text}" for alarm in over]
    return "\n".join([*lines, *gone, "", "The console says what to do: " + settings.SITE_URL + "/console/"]) + "\n"
