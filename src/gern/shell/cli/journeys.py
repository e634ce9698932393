"""``attribution``, ``phases``: what touchpoints do for conversions, and how people pass on."""

from __future__ import annotations

from typing import get_args

import click

from gern.core.patterns.attribution import MODELS, SURE
from gern.core.patterns.journeys import Which
from gern.core.patterns.told import attribution_told, phases_told
from gern.core.shop_journeys import By
from gern.shell.cli.main import AS_JSON, say_json
from gern.shell.cli.patterns import FROM, TO, long, must_be_known, opened

LANGUAGE = "en"
"""The command line speaks English, names of touchpoints too."""


@click.command()
@click.option("--goal", default="Order Completed", show_default=True, metavar="EVENT",
              help="What counts as a conversion.")  # fmt: skip
@click.option("--which", type=click.Choice(get_args(Which)), default="all", show_default=True,
              help="All conversions, each person's first ever, or the later ones.")  # fmt: skip
@click.option("--look-back", default="30d", show_default=True, metavar="TIME",
              help="Contacts count so long before a conversion: 30m, 12h, 7d, 2w.")  # fmt: skip
@click.option("--half-life", default="7d", show_default=True, metavar="TIME",
              help="Of the model decay: so long before, a contact weighs half.")  # fmt: skip
@click.option("--by", type=click.Choice(get_args(By)), default="touchpoint", show_default=True,
              help="What counts as a contact; event: whatever people did.")  # fmt: skip
@FROM
@TO
@AS_JSON
@click.pass_context
def attribution(ctx, goal, which, look_back, half_life, by, start, end, as_json):  # type: ignore[no-untyped-def]
    """What each touchpoint did for the conversions: moments that matter."""
    shop, since, until = opened(ctx, start, end)
    found = shop.attribution(
        since, until, goal=goal, which=which, look_back=look_back, half_life=half_life, by=by
    )
    if not found.conversions:
        must_be_known(shop, goal)
    if as_json:
        say_json(attribution_told(found, LANGUAGE))
        return
    head = ("with", "without", "differs", "removal", *MODELS)
    click.echo(f"{'':<28}" + "".join(f"{title:>9}" for title in head))
    for one in found.moments:
        sure = "" if one.p is None else "*" if one.p < SURE else "chance?"
        rates = "".join(
            f"{'–' if rate is None else f'{100 * rate:.1f} %':>9}"
            for rate in (one.rate, one.rate_without)
        )
        given = "".join(f"{one.credits[model].value:>9.1f}" for model in MODELS)
        click.echo(
            f"{one.point.name.en[:28]:<28}{rates}{sure:>9}{100 * one.removal.value:>7.1f} %{given}"
        )
    click.echo(
        f"{found.conversions} conversions, {found.without} of them without a contact before;"
        f" {found.lost} journeys led to none, {found.under_way} may still."
    )
    click.echo(
        "with, without: share of the journeys that led to one. differs: * more than chance, chance?"
        " may be chance, blank too few to say.\nremoval: share of the conversions that fail without"
        " it. first … markov: the conversions, shared out by six rules."
    )


@click.command()
@click.option("--window", default="30d", show_default=True, metavar="TIME",
              help="They pass on within this time: 30m, 12h, 7d, 2w.")  # fmt: skip
@FROM
@TO
@AS_JSON
@click.pass_context
def phases(ctx, window, start, end, as_json):  # type: ignore[no-untyped-def]
    """Touchpoints by phase of the customer's way: how many come, how many go on, how fast."""
    shop, since, until = opened(ctx, start, end)
    found = shop.phases(since, until, window=window)
    if as_json:
        say_json(phases_told(found, LANGUAGE))
        return
    for one in found.phases:
        went = ""
        if one.went_on is None:
            went = "" if one.last or not one.people else "; whether they go on is not known yet"
        else:
            took = "" if one.median_seconds is None else f", half of them within {long(one.median_seconds)}"  # fmt: skip
            went = (
                f"; {100 * one.went_on:.1f} % of {one.over} whose {window} are over went on{took}"
            )
        click.echo(f"{one.name.en}: {one.people} people{went}{'; thin' if one.thin else ''}")
        for m in one.met:
            click.echo(f"  {m.point.name.en:<28} {m.contacts:>9} contacts of {m.people} people")
