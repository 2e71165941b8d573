"""Whoever sets up a site without a mail server gets in, and is told where mailed links are."""

import io
import os
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def test_who_was_made_on_the_command_line_signs_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", "--noinput", username="Root", email="Root@Example.com", stdout=io.StringIO())
    answer = client.post(reverse("account_login"), {"login": "root@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    assert reverse("account_email_verification_sent") not in answer["Location"]
    assert int(client.session["_auth_user_id"]) == User.objects.get().pk


@pytest.mark.parametrize("name", ["account_email_verification_sent", "account_reset_password_done"])
def test_where_the_link_is_when_mail_goes_to_the_log(client: Client, settings: Any, name: str) -> None:
    said = "no mail server yet"
    assert said not in client.get(reverse(name)).content.decode()
    settings.MAILERS = {"default": {"BACKEND": "wealthwise.core.mail.EmailBackend"}}
    assert said in client.get(reverse(name)).content.decode()
