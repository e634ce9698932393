from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "gern.kit.outbox"
    label = "outbox"

    def ready(self) -> None:
        from gern.kit.outbox import stores  # noqa: F401
