"""The kit registers the folders of a home and Django's own tables."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "gern.kit"
    label = "kit"

    def ready(self) -> None:
        from gern.kit import stores  # noqa: F401
