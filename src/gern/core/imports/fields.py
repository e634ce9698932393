"""The fields a purchases file can have, and the names people give them."""

from __future__ import annotations

from dataclasses import dataclass

from gern.core.text import Text


@dataclass(frozen=True)
class Field:
    """One thing a column can mean. ``names`` are header words, normalised, best first."""

    id: str
    label: Text
    help: Text
    names: list[str]


FIELDS = (
    Field(
        "time",
        Text("Zeitpunkt", "time"),
        Text("Wann gekauft wurde: Datum, gern mit Uhrzeit", "When: a date, better with a time"),
        ["invoicedate", "orderdate", "purchasedate", "transactiontimestamp", "timestamp", "datetime", "date", "time", "createdat", "orderedat", "paidat", "day", "ts", "bestelldatum", "kaufdatum", "rechnungsdatum", "belegdatum", "buchungsdatum", "datum", "zeitpunkt", "zeit", "uhrzeit"],
    ),
    Field(
        "customer",
        Text("Kunde", "customer"),
        Text("Nummer oder Name des Kunden; leer heißt unbekannt",
             "Number or name of the customer; empty means not known"),
        ["customerid", "customernumber", "customerno", "customer", "clientid", "client", "userid", "user", "householdid", "household", "memberid", "member", "buyerid", "buyer", "cardnumber", "email", "customeremail", "masterid", "accountid", "kundennummer", "kundennr", "kundenid", "kunde", "debitor", "debitorennummer", "karte", "kartennummer", "mitglied", "haushalt"],
    ),
    Field(
        "order",
        Text("Bestellung", "order"),
        Text("Nummer von Rechnung, Bestellung oder Bon. Fehlt sie, gilt: ein Kunde, ein"
             " Zeitpunkt, ein Kauf",
             "Invoice, order or receipt number. Without one: same customer and time, one order"),
        ["invoice", "invoiceno", "invoicenumber", "invoiceid", "orderid", "ordernumber", "orderno", "order", "basketid", "basket", "transactionid", "transaction", "receiptid", "receipt", "receiptno", "name", "bestellnummer", "bestellnr", "bestellung", "rechnungsnummer", "rechnungsnr", "rechnung", "bonnummer", "bon", "belegnummer", "belegnr", "beleg", "auftragsnummer", "auftrag"],
    ),
    Field(
        "product",
        Text("Artikelnummer", "product"),
        Text("Nummer des Artikels", "Number of the product"),
        ["stockcode", "productid", "sku", "product", "productcode", "itemid", "itemcode", "item", "articleid", "article", "lineitemsku", "ean", "upc", "gtin", "artikelnummer", "artikelnr", "artikel", "produkt", "produktnummer", "warennummer"],
    ),
    Field(
        "name",
        Text("Bezeichnung", "product name"),
        Text("Name des Artikels", "What the product is called"),
        ["description", "productname", "itemname", "articlename", "title", "lineitemname", "producttitle", "bezeichnung", "artikelbezeichnung", "artikelname", "produktname", "beschreibung"],
    ),
    Field(
        "group",
        Text("Artikelgruppe", "product group"),
        Text("Warengruppe oder Kategorie", "Group or category of the product"),
        ["productgroup", "category", "productcategory", "department", "productline", "warengruppe", "artikelgruppe", "kategorie", "produktgruppe", "sortiment", "abteilung"],
    ),
    Field(
        "quantity",
        Text("Menge", "quantity"),
        Text("Stückzahl; unter 0 heißt zurückgenommen. Fehlt sie, gilt 1",
             "Pieces; below 0 means taken back. Without one: 1"),
        ["quantity", "qty", "units", "pieces", "count", "lineitemquantity", "menge", "anzahl", "stueck", "stueckzahl", "cds"],
    ),
    Field(
        "price",
        Text("Einzelpreis", "unit price"),
        Text("Preis für ein Stück", "Price of one piece"),
        ["price", "unitprice", "itemprice", "lineitemprice", "retailprice", "einzelpreis", "preis", "stueckpreis", "verkaufspreis"],
    ),
    Field(
        "amount",
        Text("Betrag der Zeile", "line total"),
        Text("Menge mal Preis, wenn die Datei das schon enthält",
             "Quantity times price, if the file already holds it"),
        ["amount", "linetotal", "total", "salesvalue", "revenue", "sales", "value", "turnover", "spend", "grossamount", "netamount", "betrag", "zeilenbetrag", "gesamtbetrag", "umsatz", "summe", "gesamt", "gesamtpreis", "wert", "bruttobetrag", "nettobetrag"],
    ),
    Field(
        "country",
        Text("Land", "country"),
        Text("Land des Kunden oder der Lieferung", "Country of the customer or delivery"),
        ["country", "countryname", "shippingcountry", "billingcountry", "land", "lieferland", "region"],
    ),
    Field(
        "store",
        Text("Filiale", "store"),
        Text("Laden oder Standort", "Shop or location"),
        ["storeid", "store", "shop", "branch", "location", "outlet", "filiale", "filialnummer", "laden", "standort"],
    ),
    Field(
        "channel",
        Text("Kanal", "channel"),
        Text("Vertriebsweg, z. B. Laden oder Netz", "Sales channel, e.g. shop or web"),
        ["channel", "saleschannel", "source", "platform", "kanal", "vertriebskanal", "vertriebsweg"],
    ),
)  # fmt: skip

BY_ID = {field.id: field for field in FIELDS}
TEXT_FIELDS = ("product", "name", "group", "country", "store", "channel")
NUMBER_FIELDS = ("quantity", "price", "amount")
