"""``predict effect``, ``forecast``, ``uplift``: what something did, and what is to be expected."""

from __future__ import annotations

import click

import gern
from gern.core.predict.effect import YEAR
from gern.core.predict.told import effect_told, forecast_told, uplift_told
from gern.core.predict.trial import OUTCOMES
from gern.shell.cli.main import AS_JSON, home_of, say_json


@click.command()
@click.argument("figure")
@click.option("--day", required=True, metavar="DAY", help="When the change was.")
@click.option("--every", type=click.Choice([*YEAR]), default="week", show_default=True,
              help="How long a step is.")  # fmt: skip
@click.option("--after", type=int, metavar="N",
              help="Whole steps after the change.  [default: up to 28 days, 8 weeks, 3 months]")  # fmt: skip
@click.option("--by", metavar="DIMENSION", help="Look at one group: country, or trait:plan.")
@click.option("--group", metavar="NAME", help="Which one.")
@click.option("--against", metavar="NAME", help="A group the change did not reach.")
@AS_JSON
@click.pass_context
def effect(ctx, figure, day, every, after, by, group, against, as_json):  # type: ignore[no-untyped-def]
    """What a dated change did to a figure, against what would have been without it."""
    shop = gern.open(home_of(ctx))
    shown = shop.effect(figure, day, every, after=after, by=by, group=group, against=against)
    if as_json:
        say_json({"figure": figure, "day": day, "every": every, **effect_told(shown)})
        return
    found = shown.effect
    share = "" if found.relative is None else f" ({100 * found.relative:+.1f} %)"
    click.echo(
        f"happened {found.happened:,.2f}, expected {found.expected:,.2f} (a {every}, by {found.by})"
    )
    click.echo(f"effect {found.effect:+,.2f}{share}, 95 %: {found.low:+,.2f} to {found.high:+,.2f}")
    click.echo(
        f"{'More than' if found.sure else 'No more than'} the forecast misses where nothing happened:"
        f" {len(found.placebos)} placebos, {found.apart} apart; p {found.p:.3f}"
    )
    _say_season(found.by)


@click.command()
@click.argument("figure")
@click.option("--every", type=click.Choice([*YEAR]), default="week", show_default=True,
              help="How long a step is.")  # fmt: skip
@click.option(
    "--ahead", type=int, metavar="N", help="So many steps.  [default: 14 days, 4 weeks, 3 months]"
)
@AS_JSON
@click.pass_context
def forecast(ctx, figure, every, ahead, as_json):  # type: ignore[no-untyped-def]
    """What is to be expected of a figure, with the band in which it lies 95 % of the time."""
    shown = gern.open(home_of(ctx)).forecast(figure, every, ahead=ahead)
    if as_json:
        say_json({"figure": figure, "every": every, **forecast_told(shown)})
        return
    for day, one in zip(shown.next_days, shown.forecast.ahead, strict=True):
        click.echo(f"{day}  {one.expected:>16,.2f}   {one.low:,.2f} to {one.high:,.2f}")
    found = shown.forecast
    click.echo(f"by {found.by}, tried at {found.times} times gone by, missed by {found.miss:,.2f}")
    _say_season(found.by)


@click.command()
@click.argument("campaign")
@click.option("--outcome", type=click.Choice(OUTCOMES), default="revenue", show_default=True,
              help="What came of it.")  # fmt: skip
@click.option("--days", type=int, default=14, show_default=True, metavar="N",
              help="After being drawn.")  # fmt: skip
@click.option("--group", metavar="NAME", help="Which of several, against those held out.")
@click.option("--holdout-share", type=float, metavar="SHARE",
              help="What share was to be held out, 0 to 1: it is checked.")  # fmt: skip
@AS_JSON
@click.pass_context
def uplift(ctx, campaign, outcome, days, group, holdout_share, as_json):  # type: ignore[no-untyped-def]
    """What a campaign did against its hold-out, and to whom it does most."""
    shop = gern.open(home_of(ctx))
    found = shop.uplift(campaign, outcome, days=days, group=group, holdout_share=holdout_share)
    if as_json:
        say_json({"campaign": campaign, "outcome": outcome, "days": days, **uplift_told(found)})
        return
    one = found.average
    click.echo(f"{one.n} contacted: {one.mean:.6g}; {one.n_without} held out: {one.mean_without:.6g} ({outcome} within {days} days)")  # fmt: skip
    click.echo(f"effect {one.effect:+.6g} (SE {one.se:.4g}), 95 %: {one.low:+.4g} to {one.high:+.4g}; p {one.p:.4f}")  # fmt: skip
    click.echo(
        "More than chance explains."
        if one.low > 0 or one.high < 0
        else "No effect can be told from chance."
    )
    click.echo(
        "To whom: on the half of the customers it was not learned from, by the uplift told beforehand:"
    )
    for first in found.first:
        part = first.difference
        click.echo(f"  first {100 * first.share:>3.0f} %: {part.effect:+.4g} ({part.low:+.4g} to {part.high:+.4g})")  # fmt: skip
    if found.interval is None or found.told_apart is None:
        click.echo("Too few to tell whether anybody can be told apart beforehand.")
    else:
        low, high = found.interval
        click.echo(
            f"upper half against lower half {found.told_apart:+.4g} ({low:+.4g} to {high:+.4g}): "
            + ("it can be told beforehand to whom contact does more" if found.sure
               else "nobody can be told apart beforehand")
        )  # fmt: skip
    away = found.driven_away
    if away and away.high < 0:
        click.echo(f"Leave alone those with an uplift below 0: contact did {away.effect:+.4g} to them ({away.low:+.4g} to {away.high:+.4g}).")  # fmt: skip


def _say_season(by: str) -> None:
    if by != "year":
        click.echo(
            "The season is not in it: what comes every year, such as Christmas, looks like an effect."
        )
