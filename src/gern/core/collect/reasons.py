"""Why an item is in quarantine, in words people understand, and what helps."""

from __future__ import annotations

from gern.core.text import Text

REASONS: dict[str, Text] = {
    "not_json": Text("Kein lesbares JSON (auch: NaN, zu große Zahlen, zu tief verschachtelt).",
                     "No JSON that can be read back (also: NaN, numbers too big, nested too deep)."),
    "wrong_type": Text("Ein Feld hat eine andere Form als vorgesehen.",
                       "A field has another form than it should."),
    "too_long": Text("Länger als 32 KB.", "Longer than 32 kB."),
    "no_id": Text("Weder userId noch anonymousId: Niemand weiß, wer es war.",
                  "Neither userId nor anonymousId: nobody knows who it was."),
    "bad_id": Text("Eine Kennung oder ein Name kann so nicht verwendet werden.",
                   "An id or name cannot be used as it is."),
    "no_name": Text("Der Name des Ereignisses fehlt.", "The name of the event is missing."),
    "bad_time": Text("Der Zeitpunkt kann nicht stimmen (vor 2000 oder in der Zukunft).",
                     "The time cannot be right (before 2000 or in the future)."),
    "bad_money": Text("Betrag, Währung oder Artikel können nicht gelesen werden.",
                      "Amount, currency or products cannot be read."),
    "unexpected": Text("Unser Fehler: Dieser Eintrag brachte das Programm aus dem Tritt.",
                       "Our fault: this item put the program out of step."),
    "public_consent": Text("Einwilligung mit einem öffentlichen Schlüssel: Jeder könnte sie"
                           " fälschen. Senden Sie sie von Ihrem Server.",
                           "Consent with a public key: anybody could forge it. Send it from your"
                           " server."),
    "public_customer": Text("Ein öffentlicher Schlüssel spricht nur für Besucher: anonymousId"
                            " fehlt. Senden Sie Ereignisse bekannter Kunden von Ihrem Server.",
                            "A public key speaks for visitors only: anonymousId is missing. Send"
                            " events of known customers from your server."),
}  # fmt: skip
