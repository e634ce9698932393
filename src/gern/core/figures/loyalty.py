"""Figures of loyalty and value (KPI catalogue, "Loyalty and value" and parts of "Transaction")."""

from __future__ import annotations

from gern.core.figures.definition import Figure, Part
from gern.core.figures.primitives.binding import BINDING
from gern.core.figures.primitives.contacts import CONTACTS
from gern.core.figures.primitives.engagement import ENGAGEMENT
from gern.core.figures.primitives.scored import RISKS, VALUES
from gern.core.figures.primitives.states import (
    DEMAND,
    INCIDENTS,
    PLANS,
    REFERRALS,
    RELATIONSHIPS,
    STREAKS,
    WALLET,
    WON_BACK,
)  # fmt: skip
from gern.core.text import Text

_END = Part("at_end", Text("Kunden am Ende", "customers at the end"))

FIGURES = (
    Figure(
        id="relationship_length",
        name=Text("Beziehungsdauer", "Relationship length"),
        words=Text(
            "Wie viele Tage der erste Kauf der Kunden vom Ende des Zeitraums im Mittel her ist; der"
            " Median steht daneben.",
            "How many days ago the customers of the end of the period first bought, on average;"
            " the median stands beside it.",
        ),
        formula=Text("Σ Tage seit dem ersten Kauf / Kunden am Ende",
                     "Σ days since the first purchase / customers at the end"),
        unit="days",
        primitive=RELATIONSHIPS,
        numerator={"days": 1},
        denominator={"at_end": 1},
        parts=(_END, Part("median", Text("Median", "median"), "days", "days", quantile=0.5)),
        interval="bootstrap",
        good="up",
        family="loyalty",
    ),
    Figure(
        id="loyalty_streak",
        name=Text("Kundentreue (Käufe in Folge)", "Loyalty streak"),
        words=Text(
            "Wie viele Käufe die Kunden vom Ende des Zeitraums ununterbrochen bei uns getätigt"
            " haben: seit der letzten Pause über dem Inaktivitätsfenster und seit dem letzten"
            " bekannten Wechsel des Anbieters.",
            "How many purchases in a row the customers of the end of the period made with us: since"
            " the last gap over the inactivity window and the last known switch of supplier.",
        ),
        formula=Text("Σ Käufe in Folge / Kunden am Ende",
                     "Σ purchases in a row / customers at the end"),
        unit="ratio",
        primitive=STREAKS,
        numerator={"streak": 1},
        denominator={"at_end": 1},
        parts=(Part("streak", Text("Käufe in Folge", "purchases in a row")), _END),
        interval="bootstrap",
        good="up",
        family="loyalty",
    ),
    Figure(
        id="contact_density",
        name=Text("Kontaktdichte", "Contact density"),
        words=Text(
            "Wie viele Kontakte in beiden Richtungen es im Zeitraum je Kunde gab: jeder Besuch von"
            " Website oder App einer, jedes andere vom Kunden ausgelöste Ereignis (Kauf, Anruf,"
            " Ticket, Antwort) einer, jede ihm zugestellte Nachricht einer.",
            "How many contacts in both directions there were in the period for each customer: each"
            " visit to website or app is one, every other event a customer causes (purchase,"
            " call, ticket, answer) is one, every message delivered to them is one.",
        ),
        formula=Text("Kontakte der Kunden am Ende / Kunden am Ende",
                     "contacts of the customers at the end / customers at the end"),
        unit="ratio",
        primitive=CONTACTS,
        numerator={"by_customer": 1, "by_us": 1},
        denominator={"at_end": 1},
        parts=(Part("by_customer", Text("vom Kunden", "by the customer")),
               Part("by_us", Text("von uns", "by us")), _END),
        interval="bootstrap",
        good=None,
        family="interaction",
    ),
    Figure(
        id="attachment",
        name=Text("Verbundenheit", "Attachment"),
        words=Text(
            "Wie sehr Kunden bleiben, weil sie wollen, 0–100: Mittel aus dem, was aus den letzten zwölf"
            " Monaten bekannt ist, mindestens zwei von: Zufriedenheit, Weiterempfehlung, Antworten zu"
            " Bindung, Interesse und Vertrauen, ungefragte Kontakte und Bewertungen, Community, Käufe"
            " ohne laufenden Vertrag (die letzten drei als Prozentrang unter den Kunden).",
            "How much customers stay because they want to, 0–100: mean of what is known from the last"
            " twelve months, at least two of: satisfaction, recommendation, answers on commitment,"
            " involvement and trust, unasked contacts and reviews, community, purchases without a"
            " running contract (the last three as percentile ranks among the customers).",
        ),
        formula=Text("Σ Verbundenheit / Kunden, von denen sie bekannt ist",
                     "Σ attachment / customers of whom it is known"),
        unit="points",
        primitive=BINDING,
        numerator={"attachment": 1},
        denominator={"with_attachment": 1},
        parts=(Part("customers", Text("Kunden am Ende", "customers at the end")),
               Part("with_attachment", Text("mit bekannter Verbundenheit", "with known attachment")),
               Part("attachment", Text("Summe der Verbundenheit", "sum of attachment"), unit="points"),
               Part("by_feeling", Text("verbunden (ab 60)", "attached (60 and more)"))),
        interval="bootstrap",
        good="up",
        family="loyalty",
    ),
    Figure(
        id="lock_in",
        name=Text("Gebundenheit", "Lock-in"),
        words=Text(
            "Wie sehr Kunden bleiben, weil sie müssen, 0–100: das Größte von dem, was bekannt ist:"
            " Vertrag (Anteil von Laufzeit und Kündigungsfrist, der noch offen ist), genannte"
            " Wechselkosten, ein System, das man besitzt, der einzige erreichbare Anbieter.",
            "How much customers stay because they must, 0–100: the largest of what is known: contract"
            " (share of term and notice still left), stated switching cost, a system they own, the only"
            " supplier in reach.",
        ),
        formula=Text("Σ Gebundenheit / Kunden, von denen sie bekannt ist",
                     "Σ lock-in / customers of whom it is known"),
        unit="points",
        primitive=BINDING,
        numerator={"lock_in": 1},
        denominator={"with_lock_in": 1},
        parts=(Part("customers", Text("Kunden am Ende", "customers at the end")),
               Part("with_lock_in", Text("mit bekannter Gebundenheit", "with known lock-in")),
               Part("lock_in", Text("Summe der Gebundenheit", "sum of lock-in"), unit="points"),
               Part("by_contract", Text("durch Vertrag gebunden", "bound by contract")),
               Part("by_economic", Text("durch Wechselkosten gebunden", "bound by switching cost")),
               Part("by_technical", Text("durch ein System gebunden", "bound by a system")),
               Part("by_situational", Text("ohne anderen Anbieter", "without another supplier"))),
        interval="bootstrap",
        good=None,
        family="loyalty",
    ),
    Figure(
        id="engagement_level",
        name=Text("Engagement-Grad", "Engagement level"),
        words=Text(
            "Wie sehr sich ein Kunde auf uns einlässt, 0–100: Mittel aus Verhalten (Besuche, Käufe,"
            " Beiträge, Empfehlungen), Denken (Lesezeit, Tiefe, Gelesenes, Rückmeldungen) und"
            " Gefühl (Weiterempfehlung, Zufriedenheit, Ton), jeweils als Prozentrang unter den"
            " Kunden. Ohne Daten bleibt ein Teil weg. Beschwerden und schlechte Bewertungen sind"
            " auch Engagement und stehen daneben.",
            "How much a customer engages with us, 0–100: mean of behaviour (visits, purchases,"
            " posts, referrals), thought (engaged time, depth, content read, feedback) and feeling"
            " (recommendation, satisfaction, tone), each as a percentile rank among the customers."
            " A part without data is left out. Complaints and bad reviews are engagement too and"
            " stand beside it.",
        ),
        formula=Text("Σ Engagement-Grad / Kunden am Ende", "Σ engagement level / customers at the end"),
        unit="points",
        primitive=ENGAGEMENT,
        numerator={"level": 1},
        denominator={"customers": 1},
        parts=(Part("customers", Text("Kunden am Ende", "customers at the end")),
               Part("level", Text("Summe der Grade", "sum of the levels"), unit="points"),
               Part("with_cognitive", Text("mit Daten zum Denken", "with data on thought")),
               Part("with_emotional", Text("mit Daten zum Gefühl", "with data on feeling")),
               Part("negative", Text("mit negativem Engagement", "with negative engagement"))),
        interval="bootstrap",
        good=None,
        family="loyalty",
        note=Text("Über alle Kunden liegt das Mittel nahe 50, weil es Ränge sind: Vergleichen Sie"
                  " Gruppen, oder öffnen Sie die Personen dahinter.",
                  "Over all customers the mean is near 50, because these are ranks: compare groups,"
                  " or open the persons behind it."),
    ),
    Figure(
        id="win_back_rate",
        name=Text("Rückgewinnungserfolg", "Win-back rate"),
        words=Text(
            "Wie viele der verlorenen Kunden, die wir im Zeitraum angesprochen haben, danach im"
            " Zeitraum wieder gekauft haben. Daneben, wie viele ohne Ansprache kamen.",
            "How many of the lost customers we contacted in the period bought again in it"
            " afterwards. Beside it, how many came without being contacted.",
        ),
        formula=Text("danach gekauft / angesprochene verlorene Kunden × 100",
                     "bought afterwards / contacted lost customers × 100"),
        unit="percent",
        factor=100,
        primitive=WON_BACK,
        numerator={"back": 1},
        denominator={"contacted": 1},
        parts=(Part("back", Text("zurückgewonnen", "won back")),
               Part("contacted", Text("angesprochen", "contacted")),
               Part("lost_before", Text("verlorene Kunden", "lost customers")),
               Part("back_alone", Text("ohne Ansprache zurückgekommen",
                                       "came back without a contact"))),
        interval="wilson",
        good="up",
        family="loyalty",
        needs=("message_out",),
    ),
    Figure(
        id="held_through_trouble",
        name=Text("Treue in Krisen", "Held through trouble"),
        words=Text(
            "Von den Kunden am Anfang des Zeitraums, die in ihm eine Störung traf: wie viele im"
            " Inaktivitätsfenster nach seinem Ende gekauft haben. Daneben die nicht Betroffenen.",
            "Of the customers at the start of the period whom an incident hit in it: how many bought"
            " in the inactivity window after its end. Beside it, those not hit.",
        ),
        formula=Text("Betroffene mit Kauf in [Ende, Ende + W) / Betroffene × 100",
                     "hit with a purchase in [end, end + W) / hit × 100"),
        unit="percent",
        factor=100,
        primitive=INCIDENTS,
        numerator={"hit_held": 1},
        denominator={"hit": 1},
        parts=(Part("hit_held", Text("betroffen und geblieben", "hit and held")),
               Part("hit", Text("betroffen", "hit")),
               Part("spared_held", Text("nicht betroffen und geblieben", "not hit and held")),
               Part("spared", Text("nicht betroffen", "not hit"))),
        interval="wilson",
        good="up",
        family="loyalty",
        needs=("incident",),
    ),
    Figure(
        id="referrals",
        name=Text("Kundenempfehlungen", "Referrals"),
        words=Text(
            "Neue Kunden des Zeitraums, die auf Empfehlung kamen (Code eingelöst oder jemanden"
            " genannt).",
            "New customers of the period who came by a referral (used a code or named a person).",
        ),
        formula=Text("neue Kunden auf Empfehlung", "new customers by referral"),
        unit="count",
        primitive=REFERRALS,
        numerator={"referred": 1},
        denominator={},
        parts=(Part("referred", Text("auf Empfehlung", "by a referral")),
               Part("new", Text("neue Kunden", "new customers"))),
        interval="bootstrap",
        good="up",
        family="loyalty",
        needs=("referred",),
    ),
    Figure(
        id="referral_rate",
        name=Text("Empfehlerquote", "Referral rate"),
        words=Text(
            "Anteil der Kunden am Ende des Zeitraums, die uns in ihm weiterempfohlen haben.",
            "Share of the customers at the end of the period who referred us in it.",
        ),
        formula=Text("Empfehlende / Kunden am Ende × 100", "referrers / customers at the end × 100"),
        unit="percent",
        factor=100,
        primitive=REFERRALS,
        numerator={"referrers": 1},
        denominator={"at_end": 1},
        parts=(Part("referrers", Text("Empfehlende", "referrers")), _END),
        interval="wilson",
        good="up",
        family="loyalty",
        needs=("referral_made",),
    ),
    Figure(
        id="upgrades",
        name=Text("Konto-Upgrades", "Upgrades"),
        words=Text(
            "Anteil der Kunden mit einem Tarif, deren Tarif am Ende des Zeitraums mehr wert ist als"
            " an seinem Anfang.",
            "Share of customers with a plan whose plan is worth more at the end of the period than"
            " at its start.",
        ),
        formula=Text("Kunden mit gestiegenem Tarifwert / Kunden mit Tarif × 100",
                     "customers whose plan value rose / customers with a plan × 100"),
        unit="percent",
        factor=100,
        primitive=PLANS,
        numerator={"upgraded": 1},
        denominator={"customers": 1},
        parts=(Part("upgraded", Text("höherer Tarif", "upgraded")),
               Part("downgraded", Text("niedrigerer Tarif", "downgraded")),
               Part("customers", Text("Kunden mit Tarif", "customers with a plan"))),
        interval="wilson",
        good="up",
        family="transaction",
        needs=("plan",),
    ),
    *(
        Figure(
            id=id, name=name, words=words, formula=formula, unit="percent", factor=100,
            primitive=primitive, numerator={"own_a_year": 1}, denominator={"stated_in_days": 1},
            parts=(Part("own", own, unit=unit),  # type: ignore[arg-type]
                   Part("stated", stated, unit=unit),  # type: ignore[arg-type]
                   Part("asked", Text("befragte Kunden", "customers asked"))),
            interval="bootstrap", good="up", family="loyalty", needs=(role,),
        )
        for id, name, words, formula, primitive, own, stated, unit, role in (
            ("penetration", Text("Kundendurchdringungsrate", "Penetration"),
             Text("Welchen Teil ihres Bedarfs die Kunden bei uns decken, die ihn genannt haben:"
                  " unsere Menge an der genannten Jahresmenge, auf die Tage des Zeitraums"
                  " umgerechnet.",
                  "Which part of their demand those who stated it cover with us: our quantity of"
                  " the yearly quantity stated, for the days of the period."),
             Text("unsere Menge / (genannter Jahresbedarf × Tage / 365) × 100",
                  "our quantity / (stated yearly demand × days / 365) × 100"),
             DEMAND, Text("bei uns gekauft", "bought with us"),
             Text("genannter Jahresbedarf", "stated yearly demand"), "count", "demand"),
            ("share_of_wallet", Text("Share of Wallet", "Share of wallet"),
             Text("Welcher Teil ihrer Ausgaben für eine Artikelgruppe bei uns bleibt, von denen, die"
                  " ihre Ausgaben genannt haben, auf die Tage des Zeitraums umgerechnet.",
                  "Which part of what those who stated it spend on a product group stays with us,"
                  " for the days of the period."),
             Text("unser Umsatz / (genannte Jahresausgaben × Tage / 365) × 100",
                  "our revenue / (stated yearly spend × days / 365) × 100"),
             WALLET, Text("bei uns ausgegeben", "spent with us"),
             Text("genannte Jahresausgaben", "stated yearly spend"), "money", "spend"),
        )
    ),
    Figure(
        id="clv",
        name=Text("Kundenwert", "Customer lifetime value"),
        words=Text(
            "Was ein Kunde in den nächsten zwölf Monaten im Mittel noch einbringt; daneben, was die"
            " Kunden bisher eingebracht haben.",
            "What a customer will still bring in the next twelve months, on average; beside it what"
            " the customers have brought so far.",
        ),
        formula=Text("Σ erwarteter Wert / Kunden (BG/NBD × Gamma-Gamma, bei Verträgen Überlebensdauer;"
                     " abgezinst, auf Marge)",
                     "Σ expected value / customers (BG/NBD × Gamma-Gamma, for contracts survival;"
                     " discounted, on margin)"),
        unit="money",
        primitive=VALUES,
        numerator={"value": 1},
        denominator={"customers": 1},
        parts=(Part("customers", Text("Kunden", "customers")),
               Part("value", Text("erwartet in zwölf Monaten", "expected in twelve months"), unit="money"),
               Part("brought", Text("bisher eingebracht", "brought so far"), unit="money")),
        interval="bootstrap",
        good="up",
        family="loyalty",
        needs=("scores:value",),
        note=Text("Zwölf Monate, mit 10 % Zins im Jahr, auf der Marge der Einstellung profit; wo"
                  " keine genannt ist, auf dem Umsatz.",
                  "Twelve months, with 10 % interest a year, on the margin of the setting profit;"
                  " where none is said, on revenue."),
    ),
    Figure(
        id="churn_risk",
        name=Text("Abwanderungsrisiko", "Churn risk"),
        words=Text(
            "Wie wahrscheinlich es im Mittel ist, dass ein Kunde, der innerhalb des"
            " Inaktivitätsfensters gekauft hat, nicht mehr kauft, bis dreimal sein eigener Abstand"
            " zwischen zwei Käufen vergangen ist.",
            "How likely it is, on average, that a customer who bought within the inactivity window"
            " does not buy again until three times their own pause between two purchases has"
            " passed.",
        ),
        formula=Text("Σ Wahrscheinlichkeit / Kunden × 100 (kalibriertes Modell, mit Gründen)",
                     "Σ probability / customers × 100 (calibrated model, with reasons)"),
        unit="percent",
        factor=100,
        primitive=RISKS,
        numerator={"risk": 1},
        denominator={"customers": 1},
        parts=(Part("customers", Text("Kunden", "customers")),
               Part("leaving", Text("gehen eher, als dass sie bleiben", "likelier to leave than to stay")),
               Part("stake", Text("steht auf dem Spiel (Risiko × Ausgaben des letzten Jahres)",
                                  "at stake (risk × spent in the last year)"), unit="money")),
        interval="bootstrap",
        good="down",
        family="loyalty",
        needs=("scores:risk",),
    ),
)  # fmt: skip
