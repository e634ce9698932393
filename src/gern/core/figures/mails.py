"""Figures of mails (KPI catalogue, "Interaction")."""

from __future__ import annotations

from functools import partial

from gern.core.figures.definition import Part, rate
from gern.core.figures.primitives.followed import MAILS
from gern.core.text import Text

_DELIVERED = Part("delivered", Text("zugestellt", "delivered"))
_OPENED = Part("opened", Text("geöffnet", "opened"))
_CLICKED = Part("clicked", Text("geklickt", "clicked"))
_mail = partial(rate, primitive=MAILS, family="interaction", needs=("mail_delivered",))

FIGURES = (
    _mail("open_rate", Text("Öffnungsrate", "Open rate"),
          Text("Wie viele der im Zeitraum zugestellten E-Mails seither geöffnet wurden, je Empfänger"
               " und Kampagne einmal. Öffnungen durch Maschinen sind ausgelassen und gezählt.",
               "How many of the mails delivered in the period were opened since, once for each"
               " recipient and campaign. Opens by machines are left out and counted."),
          Text("Empfänger, die geöffnet haben / zugestellt × 100", "unique openers / delivered × 100"),
          top=_OPENED, bottom=_DELIVERED, good="up"),
    _mail("click_rate", Text("Klickrate der E-Mails", "Click rate"),
          Text("Wie viele der im Zeitraum zugestellten E-Mails zu einem Klick geführt haben. Klicks"
               " durch Maschinen sind ausgelassen und gezählt.",
               "How many of the mails delivered in the period led to a click. Clicks by machines"
               " are left out and counted."),
          Text("Empfänger, die geklickt haben / zugestellt × 100",
               "unique clickers / delivered × 100"),
          top=_CLICKED, bottom=_DELIVERED, good="up"),
    _mail("click_to_open", Text("Klicks je Öffnung", "Click-to-open rate"),
          Text("Wie viele, die geklickt haben, auf die kommen, die geöffnet haben. Über 100 % ist"
               " möglich, wo Öffnungen nicht messbar sind.",
               "Clickers for those who opened. More than 100 % is possible where opens cannot be"
               " measured."),
          Text("Empfänger, die geklickt haben / die geöffnet haben × 100",
               "clickers / openers × 100"),
          top=_CLICKED, bottom=_OPENED, good="up", interval="bootstrap"),
    _mail("unsubscribe_rate", Text("Abmelderate", "Unsubscribe rate"),
          Text("Wie viele der zugestellten E-Mails zu einer Abmeldung geführt haben.",
               "How many of the delivered mails led to an unsubscription."),
          Text("Abmeldungen / zugestellt × 100", "unsubscribed / delivered × 100"),
          top=Part("unsubscribed", Text("abgemeldet", "unsubscribed")), bottom=_DELIVERED, good="down"),
    _mail("mail_bounce_rate", Text("Anteil unzustellbarer E-Mails", "Mail bounce rate"),
          Text("Wie viele der verschickten E-Mails nicht zugestellt werden konnten.",
               "How many of the mails sent could not be delivered."),
          Text("unzustellbar / (zugestellt + unzustellbar) × 100",
               "bounced / (delivered + bounced) × 100"),
          top=Part("bounced", Text("unzustellbar", "bounced")), bottom=Part("sent", Text("verschickt", "sent")), good="down"),
    _mail("spam_complaint_rate", Text("Spam-Beschwerderate", "Spam complaint rate"),
          Text("Wie viele der zugestellten E-Mails als Spam gemeldet wurden.",
               "How many of the delivered mails were marked as spam."),
          Text("als Spam gemeldet / zugestellt × 100", "marked as spam / delivered × 100"),
          top=Part("spam", Text("als Spam gemeldet", "marked as spam")), bottom=_DELIVERED, good="down"),
)  # fmt: skip
