"""``cohort``, ``funnel``, ``survival``: who comes back, where they fall out, how long they stay."""

from __future__ import annotations

from datetime import timedelta
from difflib import get_close_matches
from typing import Any, get_args

import click

import gern
from gern.core.engines import compiled
from gern.core.errors import BadInput
from gern.core.figures.asking import GRANULARITIES
from gern.core.figures.window import parse_window
from gern.core.log.profile import profile
from gern.core.patterns.affinity import LEAST, MOST
from gern.core.patterns.paths import FEWEST_STEPS, MOST_STEPS
from gern.core.patterns.steps import step, steps_of
from gern.core.patterns.told import (
    affinity_told,
    bucket_label,
    cohorts_told,
    funnel_told,
    paths_told,
    survival_told,
)
from gern.core.shop import Shop
from gern.core.shop_journeys import By
from gern.shell.cli.main import AS_JSON, home_of, say_json

FROM = click.option("--from", "start", metavar="DAY", help="First day.  [default: of all data]")
TO = click.option("--to", "end", metavar="DAY", help="First day that no longer counts.")


def opened(ctx: click.Context, start: str | None, end: str | None) -> tuple[Shop, Any, Any]:
    """The shop, and the period: all data unless something is said."""
    shop = gern.open(home_of(ctx))
    whole = shop.whole_period()
    return shop, start or whole.start, end or whole.end


def must_be_known(shop: Shop, *names: str | None) -> None:
    """``BadInput`` when the log has no event of such a name: most likely it is misspelt."""
    for name in names:
        if name and not shop.door.has_event(step(name).sql):
            seen = sorted({kind.name for kind in profile(shop.manifest)})
            near = get_close_matches(name.lower(), {one.lower(): one for one in seen}, 3, 0.6)
            alike = [one for one in seen if one.lower() in near]
            raise BadInput(
                f"There is no event {name!r} in the log."
                + (f" Did you mean: {', '.join(alike)}?" if alike else ""), param="event",
            )  # fmt: skip


def _with_kernels(shop: Shop) -> None:
    """If they take no time: a command waits for no compiling."""
    if shop.door.has_spine() and compiled.kept(shop.home):
        compiled.load(shop.home)


@click.command()
@click.option("--start", "begin", default="Order Completed", show_default=True,
              help="Event with which somebody begins.")  # fmt: skip
@click.option("--return", "back", default="Order Completed", show_default=True,
              help="Event with which they come back.")  # fmt: skip
@click.option("--every", type=click.Choice(GRANULARITIES), default="month", show_default=True,
              help="How long a step is.")  # fmt: skip
@FROM
@TO
@click.option("--mode", type=click.Choice(["in", "in-or-after"]), default="in", show_default=True,
              help="Came back in the step, or in it or a later one.")  # fmt: skip
@click.option("--first", type=click.Choice(["first-ever", "first-in-range"]), default="first-ever",
              show_default=True, help="Which event somebody begins with.")  # fmt: skip
@click.option("--revenue", is_flag=True, help="Also what each cohort spent.")
@AS_JSON
@click.pass_context
def cohort(ctx, begin, back, every, start, end, mode, first, revenue, as_json):  # type: ignore[no-untyped-def]
    """Of those who began in a step of time, how many came back in the ones after it."""
    shop, since, until = opened(ctx, start, end)
    _with_kernels(shop)
    found = shop.cohorts(begin, back, since, until, every, mode=mode, first=first, revenue=revenue)
    if as_json:
        say_json(cohorts_told(found, every))
        return
    for one in found.cohorts:
        cells = "".join(
            f"{100 * cell.n / one.size:>6.1f}" + (" " if cell.complete else "…") if one.size else ""
            for cell in one.cells
        )
        click.echo(f"{bucket_label(one.start, every):<10} {one.size:>8} {cells}")
    means = found.means()
    if means:
        click.echo(
            f"{'mean':<10} {'':>8} " + "".join(f"{float(100 * m.share):>6.1f} " for m in means)
        )
    click.echo("Shares of the cohort in percent, step 0 first; …: this step has not ended yet.")


@click.command()
@click.option("--steps", required=True, metavar="A,B,C",
              help="Names of events, with commas between; or a JSON list with conditions.")  # fmt: skip
@click.option("--window", default="30d", show_default=True, metavar="TIME",
              help="The last step at most so long after the first: 30m, 12h, 7d, 2w.")  # fmt: skip
@click.option("--order", type=click.Choice(["any", "strict"]), default="any", show_default=True,
              help="Anything between two steps, or nothing.")  # fmt: skip
@click.option("--without", metavar="EVENT", help="This event must not lie between two steps.")
@click.option("--by", metavar="TRAIT", help="Break down by what was said of people.")
@click.option("--every", type=click.Choice(GRANULARITIES), help="Also over time, in these steps.")
@FROM
@TO
@AS_JSON
@click.pass_context
def funnel(ctx, steps, window, order, without, by, every, start, end, as_json):  # type: ignore[no-untyped-def]
    """How many people take one step after the other, and how long they need."""
    shop, since, until = opened(ctx, start, end)
    _with_kernels(shop)
    found = shop.funnel(
        steps_of(steps), since, until, window=window, strict=order == "strict", without=without,
        by=by, every=every,
    )  # fmt: skip
    if as_json:
        say_json(funnel_told(found))
        return
    for one in found.steps:
        share = f"{100 * one.n / found.steps[0].n:>6.1f} %" if found.steps[0].n else ""
        took = "" if one.median_seconds is None else f"  {long(one.median_seconds)}"
        click.echo(f"{one.name:<32} {one.n:>9} {share}{took}")
    if found.under_way:
        click.echo(f"{found.under_way} may still go on: their window is open.")


@click.command()
@click.option("--by", metavar="GROUP", help="country, or a trait: compares the groups.")
@click.option("--inactive-after", metavar="DAYS", help="Inactivity window W, such as 180d.")
@FROM
@TO
@AS_JSON
@click.pass_context
def survival(ctx, by, inactive_after, start, end, as_json):  # type: ignore[no-untyped-def]
    """How long customers stay (Kaplan-Meier)."""
    shop, since, until = opened(ctx, start, end)
    window = parse_window(inactive_after) if inactive_after else None
    found = shop.survival(since, until, by=by, inactive_after=window)
    if as_json:
        say_json(survival_told(found))
        return
    curves = {"all": found.curve} if not by else dict(found.groups)
    for name, curve in curves.items():
        if curve is None:
            click.echo("Nobody began in this time.")
            continue
        median = (
            "more than half stay" if curve.median is None else f"half stay {curve.median:.0f} days"
        )
        click.echo(f"{name or '(not known)':<20} {curve.n:>7} people, {curve.left} left; {median}")
        for days in (30, 90, 180, 365, 730, 1095):
            if (share := curve.at(days)) is not None:
                click.echo(f"  after {days:>4} days  {100 * share:5.1f} %")
    if found.differ:
        click.echo(f"The groups differ: chi² = {found.differ.chi2:.2f}, p = {found.differ.p:.3g}")


@click.command()
@click.option("--how", type=click.Choice(["together", "after"]), default="together",
              show_default=True, help="In one purchase, or in a later one.")  # fmt: skip
@click.option("--of", type=click.Choice(["product", "product_group"]), default="product",
              show_default=True, help="Products, or groups of them.")  # fmt: skip
@click.option("--least", type=click.IntRange(2), default=LEAST, show_default=True,
              help="A pair stands on so many cases at least.")  # fmt: skip
@click.option("--customer", metavar="ID", help="What this customer may want next, and why.")
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True,
              help="Pairs at most.")  # fmt: skip
@FROM
@TO
@AS_JSON
@click.pass_context
def affinity(ctx, how, of, least, customer, limit, start, end, as_json):  # type: ignore[no-untyped-def]
    """What is bought together, or after one another."""
    shop, since, until = opened(ctx, start, end)
    if customer and of != "product":
        raise BadInput("What a customer may want next is told of products only.", param="of")
    pairs = (
        shop.next_products(customer, since, until, how=how, least=least)
        if customer
        else shop.affinity(since, until, how=how, of=of, least=least)
    )[:limit]
    if as_json:
        say_json({"how": how, "of": of, "pairs": affinity_told(pairs)})
        return
    for pair in pairs:
        click.echo(
            f"{pair.a_name[:34]:<34} → {pair.b_name[:34]:<34} {100 * pair.confidence:5.1f} %"
            f"  lift {pair.lift:6.1f}  {pair.n} of {pair.n_a}"
        )
    if not pairs:
        click.echo(f"Nothing goes together {least} times.")


@click.command()
@click.option("--start", "begin", metavar="EVENT", help="From this event on.")
@click.option("--end", "finish", metavar="EVENT", help="Up to this event.")
@click.option("--steps", type=click.IntRange(FEWEST_STEPS, MOST_STEPS), default=5,
              show_default=True, help="Events at most.")  # fmt: skip
@click.option("--gap", default="", metavar="TIME",
              help="A longer break ends a path; never: nothing does.  [default: that of visits]")  # fmt: skip
@click.option("--by", type=click.Choice(get_args(By)), default="event", show_default=True,
              help="touchpoint: from touchpoint to touchpoint, all by their keys.")  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True,
              help="Ways at most.")  # fmt: skip
@FROM
@TO
@AS_JSON
@click.pass_context
def paths(ctx, begin, finish, steps, gap, by, limit, start, end, as_json):  # type: ignore[no-untyped-def]
    """Which way people go: one event after the other."""
    shop, since, until = opened(ctx, start, end)
    found = shop.paths(since, until, from_event=begin, to_event=finish, steps=steps,
                       gap=None if gap == "never" else gap, by=by)  # fmt: skip
    if not found.trails and by == "event":
        must_be_known(shop, begin, finish)
    if as_json:
        say_json(paths_told(found, limit))
        return
    for one in found.variants[:limit]:
        click.echo(f"{one.n:>9} {100 * one.n / found.trails:5.1f} %  {' → '.join(one.steps)}")
    click.echo(f"{found.trails} paths of {found.people} people.")


def long(seconds: float) -> str:
    """A length of time as one reads it."""
    return str(timedelta(seconds=round(seconds)))
