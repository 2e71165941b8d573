"""Mail as it is written to the console."""

from io import StringIO

from django.core.mail import EmailMessage

from wealthwise.core.mail import EmailBackend


def test_a_long_link_stays_in_one_piece() -> None:
    link = f"http://localhost:8000/auth/confirm-email/{'x' * 60}/"
    message = EmailMessage("Confirm", f"Zoë, open\n{link}\n", "WealthWise <a@localhost>", ["b@example.com"])
    out = StringIO()
    assert EmailBackend(stream=out).send_messages([message]) == 1
    assert out.getvalue().splitlines()[:6] == [
        "Subject: Confirm",
        "From: WealthWise <a@localhost>",
        "To: b@example.com",
        "",
        "Zoë, open",
        link,
    ]
