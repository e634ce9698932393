"""Figures of purchases and revenue (KPI catalogue, "Transaction")."""

from __future__ import annotations

from gern.core.figures.definition import Figure, Part
from gern.core.figures.primitives.purchases import (
    BUYERS,
    LINES,
    ORDERS,
    PRODUCTS,
    SPEND_TREND,
    SPENDERS,
)  # fmt: skip
from gern.core.text import Text

FIGURES = (
    Figure(
        id="revenue",
        name=Text("Umsatz", "Revenue"),
        words=Text(
            "Summe aller im Zeitraum gebuchten Zeilen. Stornos und Rückgaben sind abgezogen,"
            " Käufe ohne bekannten Kunden und Versandkosten sind enthalten.",
            "Sum of all lines booked in the period. Refunds and cancellations are subtracted;"
            " purchases without a known customer and postage are included.",
        ),
        formula=Text("Σ Betrag der Zeilen", "Σ amount of the lines"),
        unit="money",
        primitive=LINES,
        numerator={"amount": 1},
        denominator={},
        parts=(
            Part("sold", Text("verkauft", "sold"), unit="money"),
            Part(
                "taken_back",
                Text("storniert und zurückgenommen", "cancelled and returned"),
                unit="money",
            ),
            Part(
                "with_customer", Text("mit bekanntem Kunden", "with a known customer"), unit="money"
            ),
            Part("without_customer", Text("ohne Kunden", "without a customer"), unit="money"),
        ),
        interval="bootstrap",
        good="up",
        family="transaction",
    ),
    Figure(
        id="orders",
        name=Text("Käufe", "Orders"),
        words=Text(
            "Bestellungen mit mindestens einer Zeile positiver Menge, die selbst kein Storno"
            " sind, gezählt am Tag ihrer ersten Zeile. Ein späteres Storno nimmt den Kauf nicht"
            " zurück; Stornos stehen daneben.",
            "Orders with at least one line of positive quantity that are not cancellations"
            " themselves, placed at their earliest line. A later cancellation does not undo the"
            " purchase; cancellations are shown beside.",
        ),
        formula=Text("Anzahl der Käufe", "number of purchases"),
        unit="count",
        primitive=ORDERS,
        numerator={"purchases": 1},
        denominator={},
        parts=(
            Part("with_customer", Text("mit bekanntem Kunden", "with a known customer")),
            Part("without_customer", Text("ohne Kunden", "without a customer")),
            Part("cancellations", Text("Stornos", "cancellations")),
        ),
        interval="bootstrap",
        good="up",
        family="transaction",
    ),
    Figure(
        id="average_order_value",
        name=Text("Durchschnittlicher Bestellwert", "Average order value"),
        words=Text(
            "Was ein Kauf im Mittel wert war, als er getätigt wurde: ohne spätere Stornos und"
            " Rückgaben, mit Käufen ohne bekannten Kunden.",
            "What a purchase was worth when it was placed, on average: before later refunds,"
            " including purchases without a known customer.",
        ),
        formula=Text("Wert der Käufe / Käufe", "value of purchases / purchases"),
        unit="money",
        primitive=ORDERS,
        numerator={"value": 1},
        denominator={"purchases": 1},
        parts=(
            Part("value", Text("Wert der Käufe", "value of purchases"), unit="money"),
            Part("purchases", Text("Käufe", "purchases")),
        ),
        interval="bootstrap",
        good="up",
        family="transaction",
    ),
    Figure(
        id="purchase_frequency",
        name=Text("Kaufhäufigkeit", "Purchase frequency"),
        words=Text(
            "Wie oft ein Kunde im Zeitraum gekauft hat, im Mittel über alle, die mindestens"
            " einmal gekauft haben.",
            "How often a customer bought in the period, on average over those who bought at"
            " least once.",
        ),
        formula=Text(
            "Käufe bekannter Kunden / Kunden mit ≥ 1 Kauf",
            "purchases of known customers / customers with ≥ 1 purchase",
        ),
        unit="ratio",
        primitive=BUYERS,
        numerator={"purchases": 1},
        denominator={"buyers": 1},
        parts=(
            Part("purchases", Text("Käufe", "purchases")),
            Part("buyers", Text("Käufer", "buyers")),
        ),
        interval="bootstrap",
        good="up",
        family="transaction",
    ),
    Figure(
        id="revenue_per_customer",
        name=Text("Umsatz je Kunde", "Revenue per customer"),
        words=Text(
            "Umsatz bekannter Kunden, Rückgaben abgezogen, je Kunde mit mindestens einem Kauf im"
            " Zeitraum.",
            "Revenue of known customers, returns subtracted, for each customer with at least one"
            " purchase in the period.",
        ),
        formula=Text(
            "Umsatz bekannter Kunden / Kunden mit ≥ 1 Kauf",
            "revenue of known customers / customers with ≥ 1 purchase",
        ),
        unit="money",
        primitive=SPENDERS,
        numerator={"amount": 1},
        denominator={"buyers": 1},
        parts=(
            Part(
                "amount",
                Text("Umsatz bekannter Kunden", "revenue of known customers"),
                unit="money",
            ),
            Part("buyers", Text("Käufer", "buyers")),
        ),
        interval="bootstrap",
        good="up",
        family="transaction",
    ),
    Figure(
        id="repeat_purchase_rate",
        name=Text("Wiederkaufsrate", "Repeat purchase rate"),
        words=Text(
            "Anteil der Käufer, die im Zeitraum mindestens zweimal gekauft haben.",
            "Share of buyers who bought at least twice in the period.",
        ),
        formula=Text(
            "Kunden mit ≥ 2 Käufen / Kunden mit ≥ 1 Kauf × 100",
            "customers with ≥ 2 purchases / customers with ≥ 1 purchase × 100",
        ),
        unit="percent",
        factor=100,
        primitive=BUYERS,
        numerator={"buyers_again": 1},
        denominator={"buyers": 1},
        parts=(
            Part("buyers_again", Text("Wiederkäufer", "bought again")),
            Part("buyers", Text("Käufer", "buyers")),
        ),
        interval="wilson",
        good="up",
        family="transaction",
    ),
    Figure(
        id="upsell_ratio",
        name=Text("Upselling-Verhältnis", "Upsell ratio"),
        words=Text(
            "Anteil der Käufer, die im Zeitraum mindestens zwei verschiedene Artikel gekauft"
            " haben. Derselbe Artikel zweimal zählt nicht, Versand und Gebühren auch nicht.",
            "Share of buyers who bought at least two different products in the period. The same"
            " product twice does not count, nor do postage and fees.",
        ),
        formula=Text(
            "Kunden mit ≥ 2 verschiedenen Artikeln / Kunden mit ≥ 1 Kauf × 100",
            "customers with ≥ 2 different products / customers with ≥ 1 purchase × 100",
        ),
        unit="percent",
        factor=100,
        primitive=PRODUCTS,
        numerator={"buyers_of_several": 1},
        denominator={"buyers": 1},
        parts=(
            Part("buyers_of_several", Text("kauften mehrere Artikel", "bought several products")),
            Part("buyers", Text("Käufer", "buyers")),
        ),
        interval="wilson",
        good="up",
        family="transaction",
    ),
    Figure(
        id="spend_trend",
        name=Text("Ausgabentrend", "Spend trend"),
        words=Text(
            "Anteil der Kunden, die mehr ausgegeben haben als im gleich langen Zeitraum davor;"
            " Rückgaben sind abgezogen. Wer nur in einem der beiden gekauft hat, zählt mit.",
            "Share of customers who spent more than in the period of the same length before;"
            " returns subtracted. Who bought in one of the two only counts too.",
        ),
        formula=Text(
            "Kunden mit gestiegenen Ausgaben / Kunden mit Kauf in einem der beiden Zeiträume × 100",
            "customers whose spend rose / customers with a purchase in either period × 100",
        ),
        unit="percent",
        factor=100,
        primitive=SPEND_TREND,
        numerator={"rose": 1},
        denominator={"buyers": 1},
        parts=(
            Part("rose", Text("gaben mehr aus", "spent more")),
            Part("same", Text("gleich viel", "the same")),
            Part("fell", Text("gaben weniger aus", "spent less")),
            Part("buyers", Text("Kunden", "customers")),
        ),
        interval="wilson",
        good="up",
        family="transaction",
    ),
)
