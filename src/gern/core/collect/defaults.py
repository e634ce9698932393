"""What the events of the Segment specifications mean, until somebody says otherwise: names in
both languages, and the place among the nine kinds of engagement (form × initiator)."""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """``form``: offer, demand, activity; ``initiator``: company, customer, third_party."""

    name_de: str = ""
    name_en: str = ""
    meaning: str = ""
    form: str = ""
    initiator: str = ""


def _of(name_de: str, form: str = "demand", initiator: str = "customer") -> Meaning:
    return Meaning(name_de, "", "", form, initiator)


DEFAULTS: dict[str, Meaning] = {
    "Page Viewed": _of("Seite angesehen"),
    "Page Engaged": _of("Seite gelesen"),
    "Screen Viewed": _of("Ansicht der App geöffnet"),
    "Link Clicked": _of("Link angeklickt"),
    "Outbound Link Clicked": _of("Link nach außen angeklickt"),
    "File Downloaded": _of("Datei heruntergeladen"),
    "Form Submitted": _of("Formular abgeschickt", "activity"),
    "Products Searched": _of("Artikel gesucht"),
    "Product List Viewed": _of("Artikelliste angesehen"),
    "Product Viewed": _of("Artikel angesehen"),
    "Product Added": _of("In den Warenkorb gelegt"),
    "Product Removed": _of("Aus dem Warenkorb genommen"),
    "Cart Viewed": _of("Warenkorb angesehen"),
    "Checkout Started": _of("Kasse begonnen"),
    "Payment Info Entered": _of("Zahlungsart eingegeben"),
    "Order Completed": _of("Kauf"),
    "Order Refunded": _of("Erstattung"),
    "Order Cancelled": _of("Storno"),
    "Coupon Applied": _of("Gutschein eingelöst"),
    "Product Shared": _of("Artikel weiterempfohlen", "offer"),
    "Product Reviewed": _of("Artikel bewertet", "offer"),
    "Email Delivered": _of("E-Mail zugestellt", "offer", "company"),
    "Email Opened": _of("E-Mail geöffnet", "demand", "company"),
    "Email Link Clicked": _of("Link in E-Mail angeklickt", "demand", "company"),
    "Unsubscribed": _of("Abgemeldet", "activity"),
    "Signed Up": _of("Registriert", "activity"),
    "Signed In": _of("Angemeldet", "activity"),
    "Identify": _of("Zu erkennen gegeben", "activity"),
    "Group": _of("Einer Gruppe zugeordnet", "activity", "company"),
    "Alias": _of("Kennungen verbunden", "activity", "company"),
    "Survey Answered": _of("Umfrage beantwortet", "activity", "company"),
    "Contact Noted": _of("Kontakt von Hand notiert", "", ""),
    "Consent Given": _of("Einwilligung", "activity"),
    "Consent Withdrawn": _of("Widerruf", "activity"),
    "Campaign Targeted": _of("Für eine Aktion ausgelost", "offer", "company"),
    "Notice Given": _of("Datenschutzhinweis mitgeteilt", "offer", "company"),
    "Audience Entered": _of("In eine Zielgruppe gekommen", "activity", "company"),
    "Audience Left": _of("Aus einer Zielgruppe gefallen", "activity", "company"),
    "Customer Imported": _of("Kundendaten eingelesen", "activity", "company"),
}
