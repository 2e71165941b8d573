"""Mail on the console, for whoever runs the site without a mail server and must open the links in it."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends import console


def is_logged() -> bool:
    """Whether mails go nowhere but to what the server writes."""
    return bool(settings.MAILERS["default"]["BACKEND"] == f"{__name__}.EmailBackend")


class EmailBackend(console.EmailBackend):
    """Writes the text as it is read: encoded for transport, a long link is broken in two and cannot be opened."""

    def write_message(self, message: EmailMessage) -> None:
        heads = {"Subject": message.subject, "From": message.from_email, "To": ", ".join(message.recipients())}
        self.stream.write("\n".join(f"{name}: {value}" for name, value in heads.items()))
        self.stream.write(f"\n\n{message.body}\n{'-' * 79}\n")
