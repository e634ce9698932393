"""Handing one mail to the server or provider, and what an answer means."""

from __future__ import annotations

import re
import smtplib
import ssl
import uuid
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.utils import formataddr
from typing import Any

import requests
from anymail.exceptions import AnymailRequestsAPIError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.translation import gettext as _
from urllib3.exceptions import NewConnectionError

from gern.kit.mail.models import Mail, MailSetup
from gern.kit.secrets import reveal

TIMEOUT = 30
WITHOUT_PICTURES = {"brevo", "scaleway"}
_PICTURE = re.compile(r"<img [^>]*src=\"cid:[^>]*>")
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
    """It did not leave. ``final``: trying again is of no use. ``everyone``: nor would any other
    mail leave just now."""

    def __init__(self, said: str, *, final: bool, everyone: bool = False):
        super().__init__(said)
        self.final, self.everyone = final, everyone


class Unsure(Exception):
    """The connection broke after everything was handed over: it may have left."""


class _Speaking(smtplib.SMTP):
    def data(self, msg: Any) -> Any:
        try:
            return super().data(msg)
        except smtplib.SMTPServerDisconnected as error:
            raise Unsure(str(error)) from error
        except smtplib.SMTPException:
            raise  # an answer: it was refused
        except OSError as error:
            raise Unsure(str(error)) from error


class _SpeakingTls(_Speaking, smtplib.SMTP_SSL):
    pass


class Smtp(EmailBackend):
    """Django's, but it knows whether a broken connection leaves the mail in doubt."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SpeakingTls if self.use_ssl else _Speaking


def hand_over(setup: MailSetup, mail: Mail) -> None:
    """Send it now. ``NotSent`` or ``Unsure`` when that did not work."""
    secret = reveal(setup.secret)
    if secret is None:
        raise NotSent(
            _("The password was stored by another installation. Enter it again."), final=False,
            everyone=True,
        )  # fmt: skip
    try:
        message = message_of(setup, mail)
        message.message()  # what cannot be written is seen before anything is said to the server
        with _connection(setup, secret) as connection:
            message.connection = connection
            message.send()
    except Unsure:
        raise
    except AnymailRequestsAPIError as error:  # an OSError, too
        raise _provider_said(error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise _smtp_said(error) from error
    except Exception as error:  # before anything left: what was to be sent cannot be sent
        raise NotSent(_first_line(error), final=True) from error


def _smtp_said(error: Exception) -> NotSent:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, said = next(iter(error.recipients.values()))
        return NotSent(_said(code, said), final=code >= 500)
    if isinstance(error, smtplib.SMTPAuthenticationError):
        words = _("The server does not accept user name or password: %(said)s")
        said = _said(error.smtp_code, error.smtp_error)
        return NotSent(words % {"said": said}, final=False, everyone=True)
    if isinstance(error, smtplib.SMTPResponseException):
        said = _said(error.smtp_code, error.smtp_error)
        return NotSent(said, final=error.smtp_code >= 500)
    if isinstance(error, ssl.SSLError):
        words = _("The server's certificate or encryption is not right: %(said)s")
    else:
        words = _("The server cannot be reached: %(said)s")
    return NotSent(words % {"said": str(error)[:200]}, final=False, everyone=True)


def _provider_said(error: AnymailRequestsAPIError) -> Exception:
    """Only what surely did not leave is tried again."""
    status, cause = getattr(error.response, "status_code", None), error.__cause__
    if status is None:
        reason = getattr(cause.args[0], "reason", None) if cause and cause.args else None
        if isinstance(cause, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
            words = _("The server cannot be reached: %(said)s") % {"said": str(cause)[:200]}
            return NotSent(words, final=False, everyone=True)
        return Unsure(str(cause or error))
    if status in (401, 403, 429):
        return NotSent(_first_line(error), final=False, everyone=True)
    if 400 <= status < 500 and status != 408:
        return NotSent(_first_line(error), final=True)
    return Unsure(_first_line(error))


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


def message_id(setup: MailSetup, mail: uuid.UUID) -> str:
    """The Message-ID it leaves with; empty: the provider makes it."""
    if setup.provider != MailSetup.Provider.SMTP:
        return ""
    return f"<{mail}@{setup.sender.rpartition('@')[2].encode('idna').decode()}>"


def message_of(setup: MailSetup, mail: Mail) -> EmailMultiAlternatives:
    """The mail as it goes out: through SMTP with the same Message-ID at every try. Some providers
    take no pictures inside the HTML: there they are in the PDF only."""
    letter, files = mail.letter, list(mail.letter.enclosures.order_by("pk"))
    smtp, html = setup.provider == MailSetup.Provider.SMTP, letter.html
    if setup.provider in WITHOUT_PICTURES:
        files = [file for file in files if not file.cid]
        html = _PICTURE.sub("", html)
    person, _at, domain = setup.sender.rpartition("@")
    domain = domain.encode("idna").decode()
    headers = {"Message-ID": message_id(setup, mail.id), "Auto-Submitted": "auto-generated"}
    message = EmailMultiAlternatives(
        letter.subject, letter.text, formataddr((setup.sender_name, f"{person}@{domain}")), [mail.to],
        headers=headers if smtp else {},
    )  # fmt: skip
    if html:
        message.attach_alternative(html, "text/html")
    for file in files:
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
