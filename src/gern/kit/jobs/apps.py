from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "gern.kit.jobs"
    label = "jobs"

    def ready(self) -> None:
        from gern.kit.jobs import stores  # noqa: F401
