from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "gern.kit.mail"
    label = "mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from gern.kit.alerts import add_alerts
        from gern.kit.mail import jobs, notices, services, stores  # noqa: F401
        from gern.kit.secrets import add_renewer

        add_alerts(notices.alerts)
        add_renewer(services.renew)
