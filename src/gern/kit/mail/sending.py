"""Handing one mail to the server or provider, and what an answer means."""

from __future__ import annotations

import smtplib
import ssl
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from typing import Any

import requests
from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _

from gern.kit.mail.models import Mail, MailSetup
from gern.kit.secrets import reveal

TIMEOUT = 30
_KEYS: dict[str, dict[str, str]] = {
    "brevo": {"api_key": "secret"},
    "mailjet": {"api_key": "username", "secret_key": "secret"},
    "mailersend": {"api_token": "secret"},
    "mailgun": {"api_key": "secret", "sender_domain": "username"},
    "scaleway": {"secret_key": "secret", "project_id": "username"},
    "postmark": {"server_token": "secret"},
}
"""What a provider's client wants, and the field of the setup that holds it."""


class NotSent(Exception):
    """It did not leave. ``final``: trying again is of no use."""

    def __init__(self, said: str, *, final: bool):
        super().__init__(said)
        self.final = final


class Unsure(Exception):
    """The connection broke after everything was handed over: it may have left."""


class _Speaking(smtplib.SMTP):
    def data(self, msg: Any) -> Any:
        try:
            return super().data(msg)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unsure(str(error)) from error


class _SpeakingTls(_Speaking, smtplib.SMTP_SSL):
    pass


class Smtp(EmailBackend):
    """Django's, but it knows whether a broken connection leaves the mail in doubt, and it never
    speaks to a server whose certificate is wrong."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SpeakingTls if self.use_ssl else _Speaking

    @property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context()


def hand_over(setup: MailSetup, message: EmailMultiAlternatives) -> None:
    """Send it now. ``NotSent`` or ``Unsure`` when that did not work."""
    secret = reveal(setup.secret)
    if secret is None:
        raise NotSent(
            _("The password was stored by another installation. Enter it again."), final=False
        )
    try:
        with _connection(setup, secret) as connection:
            message.connection = connection
            message.send()
    except Unsure:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise NotSent(_said(code, said), final=code >= 500) from error
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(
            _("The server does not accept user name or password: %(said)s")
            % {"said": _said(error.smtp_code, error.smtp_error)}, final=False,
        ) from error  # fmt: skip
    except smtplib.SMTPResponseException as error:
        said = _said(error.smtp_code, error.smtp_error)
        raise NotSent(said, final=error.smtp_code >= 500) from error
    except AnymailRequestsAPIError as error:
        status = getattr(error.response, "status_code", None)
        if isinstance(error.__cause__, requests.ReadTimeout):
            raise Unsure(str(error)) from error
        refused = status is not None and 400 <= status < 500 and status not in (401, 403, 429)
        raise NotSent(_first_line(error), final=refused) from error
    except AnymailError as error:
        raise NotSent(_first_line(error), final=True) from error
    except ssl.SSLError as error:
        raise NotSent(
            _("The server's certificate or encryption is not right: %(said)s")
            % {"said": str(error)}, final=False,
        ) from error  # fmt: skip
    except (OSError, smtplib.SMTPException) as error:
        raise NotSent(
            _("The server cannot be reached: %(said)s") % {"said": str(error)[:200]}, final=False
        ) from error


def _connection(setup: MailSetup, secret: str) -> Any:
    if setup.provider == MailSetup.Provider.SMTP:
        return Smtp(
            host=setup.host, port=setup.port, username=setup.username, password=secret,
            use_tls=setup.security == "starttls", use_ssl=setup.security == "tls", timeout=TIMEOUT,
        )  # fmt: skip
    fields = {"secret": secret, "username": setup.username}
    options: dict[str, Any] = {k: fields[v] for k, v in _KEYS[setup.provider].items()}
    if setup.provider == MailSetup.Provider.MAILGUN:
        options["api_url"] = "https://api.eu.mailgun.net/v3"
    return get_connection(f"anymail.backends.{setup.provider}.EmailBackend", **options)


def message_of(setup: MailSetup, mail: Mail) -> EmailMultiAlternatives:
    """The mail as it goes out: the same Message-ID at every try."""
    letter = mail.letter
    name = setup.sender_name.replace('"', "")
    message = EmailMultiAlternatives(
        letter.subject, letter.text, f'"{name}" <{setup.sender}>' if name else setup.sender,
        [mail.to],
        headers={
            "Message-ID": f"<{mail.id}@{setup.sender.rpartition('@')[2]}>",
            "Auto-Submitted": "auto-generated",
        },
    )  # fmt: skip
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    for file in letter.enclosures.order_by("pk"):
        if file.cid:
            message.attach(_picture(file.name, bytes(file.content), file.cid))
        else:
            message.attach(file.name, bytes(file.content), file.type)
    return message


def _picture(name: str, content: bytes, cid: str) -> MIMEBase:
    picture = MIMEImage(content)
    picture["Content-Disposition"] = f'inline; filename="{name}"'
    picture["Content-ID"] = f"<{cid}>"
    return picture


def _said(code: int, said: bytes | str) -> str:
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return f"{code} {text}"[:250]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0][:250]
