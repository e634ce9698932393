"""``predict``: what customers are worth and what comes next."""

from __future__ import annotations

import click

import gern
from gern.core.errors import BadInput
from gern.core.predict.baskets import product_names
from gern.core.predict.buyers import UNITS
from gern.core.predict.gamma_gamma import MODEL as GAMMA_GAMMA
from gern.core.predict.holdout import HoldOut
from gern.core.predict.spread import spread
from gern.core.predict.told import (
    at_risk_told,
    back_test_told,
    best,
    check_told,
    coming_told,
    contracts_told,
    customer_told,
    fit_told,
    model_told,
    next_checks_told,
    totals_told,
)
from gern.core.predict.value import HARDLY
from gern.core.shop_predict import DISCOUNT, MODELS
from gern.shell.cli.main import AS_JSON, home_of, say_json

UNTIL = click.option("--until", metavar="DAY", help="First day that is not known to it.  [default: today, or the day after data that ended long ago]")  # fmt: skip

PAST_SECONDS = 600
"""So long `train` tells of days gone by at most; a served shop does the rest."""


@click.group()
def predict() -> None:
    """What customers are worth, learned from what they bought."""


@predict.command()
@click.argument("model", type=click.Choice([*MODELS, GAMMA_GAMMA]))
@UNTIL
@click.option("--unit", type=click.Choice([*UNITS]), default="week", show_default=True,
              help="Unit of the time of the model.")  # fmt: skip
@AS_JSON
@click.pass_context
def fit(ctx, model, until, unit, as_json):  # type: ignore[no-untyped-def]
    """Fit a model by maximum likelihood; a customer's purchases of one day count once."""
    found = gern.open(home_of(ctx)).fit_model(model, until=until, unit=unit)
    if as_json:
        say_json(fit_told(found))
        return
    for name, value in found.params.items():
        se = f"  ± {found.se[name]:.6g}" if name in found.se else ""
        click.echo(f"{name:<6} {value:>14.6g}{se}")
    click.echo(f"log-likelihood {found.log_likelihood:.4f} of {found.n} customers")
    click.echo("converged" if found.why is None else f"did not converge: {found.why.en}")


@predict.command()
@click.option("--horizon", default="12m", show_default=True, metavar="TIME",
              help="How far ahead: 90d, 26w, 12m, 2y.")  # fmt: skip
@click.option("--margin", type=float, metavar="SHARE",
              help="Contribution margin, 0 to 1.  [default: setting profit, else 1]")  # fmt: skip
@click.option("--discount", type=float, default=DISCOUNT, show_default=True, metavar="SHARE",
              help="A year: money in a year is worth so much less.")  # fmt: skip
@click.option("--top", type=click.IntRange(0, 1_000), default=20, show_default=True,
              help="So many of the most valuable customers are listed.")  # fmt: skip
@UNTIL
@AS_JSON
@click.pass_context
def clv(ctx, horizon, margin, discount, top, until, as_json):  # type: ignore[no-untyped-def]
    """What customers will be worth, and how good that was on a time the model did not know."""
    shop = gern.open(home_of(ctx))
    if shop.setting("business").value == "contracts":
        _contracts(shop, horizon, margin, discount, top, until, as_json)
        return
    found = shop.value(horizon, margin=margin, discount=discount, until=until)
    check, unchecked = None, ""
    try:
        check = shop.value_check(until)
    except BadInput as error:
        unchecked = str(error)
    shown = best(found.worth, top)
    some, worth = found.buyers.only(shown), found.worth.only(shown)
    wide = spread(found.model, some, worth, found.horizon, margin=found.margin)
    if as_json:
        say_json({
            **totals_told(found.worth, found.horizon, found.margin, found.discount),
            "currency": shop.currency, "model": model_told(found.model), "check": check_told(check) if check else None,
            "top": [customer_told(some.person[i], worth, wide, i) for i in range(len(some))],
        })  # fmt: skip
        return
    click.echo(f"{'customer':<24}{'alive':>8}{'purchases':>11}{'value':>14}   4 of 5 times")
    for i, person in enumerate(some.person):
        click.echo(
            f"{person[:24]:<24}{100 * worth.alive[i]:>6.1f} %{worth.purchases[i]:>11.2f}"
            f"{worth.value[i]:>14.2f}   {wide.low_value[i]:.2f} to {wide.high_value[i]:.2f}"
        )
    total = float(found.worth.value.sum())
    click.echo(
        f"{len(found.buyers)} customers: {total:.2f} {shop.currency} in {horizon}"
        f" (margin {found.margin:g}, discount {found.discount:g}), {found.model.buying.model}"
        + (", an upper bound: nobody is seen to leave" if found.model.bound else "")
    )
    if not found.model.bound and len(found.worth.alive) and found.worth.alive.mean() > HARDLY:
        click.echo(
            "Hardly anybody is seen to leave in these data, so take all values as upper bounds."
        )
    if check:
        _say_check(check)
    else:
        click.echo(f"It could not be put to the test: {unchecked}")


@predict.command()
@click.option("--top", type=click.IntRange(0, 1_000), default=20, show_default=True,
              help="So many of those most at risk are listed.")  # fmt: skip
@UNTIL
@AS_JSON
@click.pass_context
def churn(ctx, top, until, as_json):  # type: ignore[no-untyped-def]
    """Who is about to leave: no purchase for three times as long as is usual for them."""
    found = gern.open(home_of(ctx)).risks(until)
    scores = found.scores
    shown = range(min(top, len(scores.person)))
    if as_json:
        say_json({
            "day": scores.day.isoformat(), "customers": len(scores.person), "expected_to_leave": float(scores.risk.sum()),
            "learned_from": {"customers": found.rows, "left": found.left, "days": [d.isoformat() for d in found.days]},
            "taken": found.taken, "check": back_test_told(found.check) if found.check else None,
            "unchecked": found.unchecked.en if found.unchecked else None,
            "top": [
                at_risk_told(scores.person[i], float(scores.risk[i]), scores.patience[i], scores.facts(i), scores.reasons(i))
                for i in shown
            ],
        })  # fmt: skip
        return
    click.echo(f"{'customer':<24}{'risk':>8}{'silent':>9}{'rhythm':>9}   because")
    for i in shown:
        facts = scores.facts(i)
        why = ", ".join(one.respect for one in scores.reasons(i))
        click.echo(f"{scores.person[i][:24]:<24}{100 * scores.risk[i]:>6.1f} %{facts['silent']:>7.0f} d{facts['rhythm']:>7.0f} d   {why}")  # fmt: skip
    click.echo(
        f"{len(scores.person)} customers, {scores.risk.sum():.0f} of them expected to leave; by the way"
        f" {found.taken!r}, learned from {found.rows} customers on {len(found.days)} days gone by."
    )
    if found.check is None:
        click.echo(f"Not checked: {found.unchecked.en if found.unchecked else ''}")
        return
    for way in found.check.ways:
        click.echo(f"  {way.name:<8} AUC {way.auc:.3f}, log-loss {way.loss:.4f}, calibration slope {way.slope:.2f}")  # fmt: skip
    for caught in found.check.caught:
        click.echo(
            f"  the {100 * caught.share:.0f} % most at risk: {caught.left} of {caught.customers} left,"
            f" {100 * caught.of_left:.0f} % of all who did"
        )


@predict.command("next")
@click.option("--top", type=click.IntRange(0, 1_000), default=20, show_default=True,
              help="So many of those expected soonest are listed.")  # fmt: skip
@UNTIL
@AS_JSON
@click.pass_context
def next_purchase(ctx, top, until, as_json):  # type: ignore[no-untyped-def]
    """When each customer buys next and what, and how good that was on a time it did not know."""
    shop = gern.open(home_of(ctx))
    found = shop.next_purchases(until)
    shown = [coming_told(found.coming, i) for i in range(min(top, len(found.coming)))]
    if as_json:
        say_json({
            "day": found.coming.day.isoformat(), "customers": len(found.coming), "learned_from": {"pauses": found.ended},
            "weights": found.weights, "not_ranked": found.unranked.en if found.unranked else None,
            "check": next_checks_told(found), "top": shown,
        })  # fmt: skip
        return
    click.echo(f"{'customer':<24}{'expected':>12}{'in 30 days':>12}   products")
    names = product_names(shop.door, [p["product"] for one in shown for p in one["products"]])
    for one in shown:
        products = ", ".join(f"{names.get(p['product'], p['product'])} ({p['because']})" for p in one["products"][:3])  # fmt: skip
        click.echo(f"{one['customer'][:24]:<24}{one['expected'] or '–':>12}{100 * one['chance_30_days']:>10.1f} %   {products}")  # fmt: skip
    click.echo(
        f"{len(found.coming)} customers, learned from {found.ended} pauses between two purchases."
    )
    if found.day_check:
        day = found.day_check
        click.echo(f"Checked on the {day.days} days from {day.since} on, hidden from it: {day.expected:.0f} of {day.customers} expected to buy, {day.bought} did.")  # fmt: skip
        click.echo(f"  wrong by {day.error:.2f} days, by their own rhythm {day.against.purchases:.2f}: better by {day.against.better:.2f} ({day.against.low:.2f} to {day.against.high:.2f})")  # fmt: skip
    if found.product_check:
        click.echo(f"  five products told: {100 * found.product_check.found:.1f} % of what {found.product_check.customers} customers bought next")  # fmt: skip
        for one in found.product_check.against:
            click.echo(f"    {one.name}: {100 * one.purchases:.1f} %, better by {100 * one.better:.1f} ({100 * one.low:.1f} to {100 * one.high:.1f})")  # fmt: skip
    if found.unranked:
        click.echo(f"Products are not told: {found.unranked.en}")


@predict.command()
@AS_JSON
@click.pass_context
def train(ctx, as_json):  # type: ignore[no-untyped-def]
    """Learn anew now, and keep the model cards and scores that pages and figures show."""
    shop = gern.open(home_of(ctx))
    done = {}
    for name, work in (("value", shop.train_value), ("risk", shop.train_risk), ("next", shop.train_next)):  # fmt: skip
        try:
            work("command line")
            done[name] = "learned"
        except BadInput as error:
            done[name] = str(error)
        if not as_json:
            click.echo(f"{name}: {done[name]}")
    done["past"] = f"{shop.keep_past(PAST_SECONDS)} scores of days gone by"
    if as_json:
        say_json(done)
    else:
        click.echo(f"past: {done['past']}")


def _contracts(shop, horizon, margin, discount, top, until, as_json):  # type: ignore[no-untyped-def]
    """What customers under contract will still pay."""
    found = shop.contract_value(horizon, margin=margin, discount=discount, until=until)
    check, unchecked = None, ""
    try:
        check = shop.contract_check(until)
    except BadInput as error:
        unchecked = str(error)
    if as_json:
        say_json(
            {"horizon": horizon, "currency": shop.currency, **contracts_told(found, check, top)}
        )
        return
    click.echo(f"{'customer':<24}{'stays':>8}{'months':>9}{'a month':>12}{'value':>14}")
    for i in range(min(top, len(found.person))):
        click.echo(
            f"{found.person[i][:24]:<24}{100 * found.stays[i]:>6.1f} %{found.months[i]:>9.1f}"
            f"{found.monthly[i]:>12.2f}{found.value[i]:>14.2f}"
        )
    bound = "; of some the horizon reaches beyond what was seen" if found.beyond else ""
    click.echo(
        f"{len(found.person)} customers under contract: {found.value.sum():.2f} {shop.currency} in {horizon},"
        f" {found.stays.sum():.0f} of them there at its end, learned from {found.curve.n} customers, {found.curve.left} of"
        f" whom left{bound}"
    )
    if check is None:
        click.echo(f"It could not be put to the test: {unchecked}")
        return
    click.echo(
        f"Checked on the {check.days} days from {check.since} on, hidden from it: {check.expected:.0f} of {check.customers}"
        f" expected to stay, {check.stayed} did; error {check.error:.4f}, the same share leaving at every age"
        f" {check.against.purchases:.4f}: better by {check.against.better:.4f} ({check.against.low:.4f} to {check.against.high:.4f})"
    )


def _say_check(check: HoldOut) -> None:
    click.echo(
        f"Checked on the {check.days} days from {check.since} on, hidden from it: {check.expected:.0f}"
        f" purchases expected, {check.happened:.0f} happened ({100 * check.off:+.1f} %)."
    )
    for one in check.against:
        click.echo(
            f"  mean error {check.error:.3f} purchases, {one.name} {one.purchases:.3f}: better by"
            f" {one.better:.3f} ({one.low:.3f} to {one.high:.3f})"
        )
