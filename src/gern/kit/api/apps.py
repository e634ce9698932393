from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "gern.kit.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.api import stores  # noqa: F401
