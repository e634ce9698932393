from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "gern.shell.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.navigation import Entry, add_entry
        from gern.kit.secrets import add_renewer
        from gern.shell.accounts import second_factor, stores  # noqa: F401

        add_renewer(second_factor.renew)

        add_entry(Entry("settings", _("Settings"), "settings", "admin", 90))
