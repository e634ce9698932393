from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gern.shell.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.shell.accounts import stores  # noqa: F401
