from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        """Tries to sign in are counted in the database."""
        from accounts.signin import limits

        limits.install()
