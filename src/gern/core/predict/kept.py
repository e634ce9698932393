"""Model cards: what was learned when, from what, and how good it was; every version is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from gern.core.log.manifest import Manifest, Setting
from gern.core.predict.backtest import BackTest, Bin, Caught, Way
from gern.core.predict.buyers import Buyers
from gern.core.predict.coming import DayCheck, Foreseen
from gern.core.predict.drift import Drift
from gern.core.predict.fitting import Fit
from gern.core.predict.holdout import Error, Group, HoldOut
from gern.core.predict.next_product import ProductCheck
from gern.core.predict.parts import Part
from gern.core.predict.risk import Learned
from gern.core.predict.value import Model
from gern.core.text import Text

VALUE, RISK, NEXT = "model:value", "model:risk", "model:next"
DRIFT = "model-drifted:value"
_LACKING = "model-lacks:"


T = TypeVar("T")


@dataclass(frozen=True)
class Card:
    """``model`` was fitted to ``customers``, ``came_back`` of whom bought on a second day, over
    ``days`` until ``model.until``; ``kept``: share of money, in ``currency``, that did not go back. ``check``: how good
    the same way of fitting was on the last part of the time, hidden from it; None: it could not be
    said, ``unchecked`` says why."""

    model: Model
    customers: int
    came_back: int
    days: int
    kept: float
    check: HoldOut | None
    unchecked: Text | None
    currency: str
    trained: datetime
    by: str


def keep(
    manifest: Manifest, model: Model, buyers: Buyers, check: HoldOut | None, unchecked: Text | None,
    currency: str, by: str,
) -> None:  # fmt: skip
    """A new version of the card."""
    manifest.set(
        VALUE,
        {
            "model": asdict(model) | {"until": model.until.isoformat()},
            "customers": len(buyers),
            "came_back": buyers.came_back,
            "days": buyers.days,
            "kept": buyers.kept,
            "check": asdict(check) | {"since": check.since.isoformat()} if check else None,
            "unchecked": unchecked,
            "currency": currency,
        },
        by,
    )
    _enough(manifest, VALUE, by)


def card(manifest: Manifest, currency: str) -> Card | None:
    """The one in force; None: nothing was learned yet, or in other money."""
    found = manifest.setting(VALUE)
    made = _readable([found], _read) if found else []
    return made[0] if made and made[0].currency == currency else None


def refuse(manifest: Manifest, name: str, why: Text | None, by: str) -> None:
    """It could not be learned: what was learned before holds no more. ``why`` None: there are too few
    buyers, which is asked anew wherever it is told."""
    if manifest.setting(name) is not None:
        manifest.set(name, None, by)
    if lacking(manifest, name) != why:
        manifest.set(_LACKING + name, why, by)


def lacking(manifest: Manifest, name: str) -> Text | None:
    """Why it could not be learned when it was tried last; None: it could, or was never tried."""
    found = manifest.setting(_LACKING + name)
    return Text(*found.value) if found else None


def forget(manifest: Manifest, by: str) -> None:
    """Nothing was learned: the data it was learned from have gone."""
    for name in (*(n for model in (VALUE, RISK, NEXT) for n in (model, _LACKING + model)), DRIFT):
        if manifest.setting(name) is not None:
            manifest.set(name, None, by)


def _enough(manifest: Manifest, name: str, by: str) -> None:
    if lacking(manifest, name):
        manifest.set(_LACKING + name, None, by)


def _readable(said: Sequence[Setting], read: Callable[[Setting], T]) -> list[T]:
    """A card of another version of Gern that this one cannot read is none."""
    found = []
    for one in said:
        with contextlib.suppress(KeyError, TypeError, ValueError, IndexError):
            found.append(read(one))
    return found


def versions(manifest: Manifest, most: int = 10) -> list[Card]:
    """The last ones, the newest first."""
    return _readable(manifest.setting_versions(VALUE, most), _read)


@dataclass(frozen=True)
class RiskCard:
    """What was learned of leaving from ``rows`` customers on ``days`` gone by, ``left`` of whom left;
    see `risk.Learned`."""

    rows: int
    left: int
    days: tuple[date, ...]
    window_days: int
    check: BackTest | None
    unchecked: Text | None
    taken: str
    matters: tuple[tuple[str, float], ...]
    customers: int
    trained: datetime
    by: str


def keep_risk(manifest: Manifest, learned: Learned, window_days: int, by: str) -> None:
    """A new version of the card."""
    check = learned.check
    manifest.set(
        RISK,
        {
            "rows": learned.rows, "left": learned.left, "days": [d.isoformat() for d in learned.days],
            "window_days": window_days, "taken": learned.taken, "matters": learned.matters,
            "customers": len(learned.scores.person), "unchecked": learned.unchecked,
            "check": asdict(check) | {"days": [d.isoformat() for d in check.days]} if check else None,
        },
        by,
    )  # fmt: skip
    _enough(manifest, RISK, by)


def risk_card(manifest: Manifest) -> RiskCard | None:
    """The one in force; None: nothing was learned yet."""
    found = manifest.setting(RISK)
    made = _readable([found], _read_risk) if found else []
    return made[0] if made else None


def risk_versions(manifest: Manifest) -> list[RiskCard]:
    """The last ones, the newest first."""
    return _readable(manifest.setting_versions(RISK), _read_risk)


def keep_drift(manifest: Manifest, found: Drift | None, by: str) -> None:
    """That the model of value holds no more, told once, not every day anew; None: it holds."""
    if found is None and kept_drift(manifest) is not None:
        manifest.set(DRIFT, None, by)
    elif found is not None and kept_drift(manifest) is None:
        manifest.set(DRIFT, asdict(found), by)


def kept_drift(manifest: Manifest) -> Drift | None:
    """What was kept last."""
    found = manifest.setting(DRIFT)
    return Drift(**found.value) if found and found.value else None


@dataclass(frozen=True)
class NextCard:
    """What was learned of the next purchase from ``ended`` pauses between two; see
    `coming.Foreseen`. ``customers``: of how many it is told."""

    ended: int
    days: int
    weights: dict[str, float] | None
    day_check: DayCheck | None
    product_check: ProductCheck | None
    unranked: Text | None
    customers: int
    trained: datetime
    by: str


def keep_next(manifest: Manifest, found: Foreseen, by: str) -> None:
    """A new version of the card."""
    manifest.set(
        NEXT,
        {
            "ended": found.ended, "days": found.days, "weights": found.weights,
            "day_check": _dated(found.day_check), "product_check": _dated(found.product_check),
            "unranked": found.unranked, "customers": len(found.coming),
        },
        by,
    )  # fmt: skip
    _enough(manifest, NEXT, by)


def next_card(manifest: Manifest) -> NextCard | None:
    """The one in force; None: nothing was learned yet."""
    found = manifest.setting(NEXT)
    made = _readable([found], _read_next) if found else []
    return made[0] if made else None


def next_versions(manifest: Manifest) -> list[NextCard]:
    """The last ones, the newest first."""
    return _readable(manifest.setting_versions(NEXT), _read_next)


def _dated(check: DayCheck | ProductCheck | None) -> dict[str, Any] | None:
    return asdict(check) | {"since": check.since.isoformat()} if check else None


def _read_next(said: Setting) -> NextCard:
    value = said.value
    day, product = value["day_check"], value["product_check"]
    return NextCard(
        value["ended"], value["days"], value["weights"],
        DayCheck(**{**day, "since": date.fromisoformat(day["since"]), "against": Error(**day["against"])}) if day else None,
        ProductCheck(**{
            **product, "since": date.fromisoformat(product["since"]),
            "against": tuple(Error(**one) for one in product["against"]),
        }) if product else None,
        Text(*value["unranked"]) if value["unranked"] else None, value["customers"], said.since, said.set_by,
    )  # fmt: skip


def _read_risk(said: Setting) -> RiskCard:
    value, check = said.value, said.value["check"]
    return RiskCard(
        value["rows"], value["left"], _days(value["days"]), value["window_days"],
        BackTest(**{
            **check, "days": _days(check["days"]), "ways": tuple(Way(**one) for one in check["ways"]),
            "caught": tuple(Caught(**one) for one in check["caught"]),
            "bins": tuple(Bin(**one) for one in check["bins"]),
            "parts": tuple(Part(**one) for one in check.get("parts", ())),
        }) if check else None,
        Text(*value["unchecked"]) if value["unchecked"] else None, value["taken"],
        tuple((name, weight) for name, weight in value["matters"]), value["customers"],
        said.since, said.set_by,
    )  # fmt: skip


def _days(said: list[str]) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in said)


def _read(said: Setting) -> Card:
    value = said.value
    model, check = value["model"], value["check"]
    return Card(
        Model(
            _fit(model["buying"]), _fit(model["spend"]) if model["spend"] else None,
            model["mean_spend"], date.fromisoformat(model["until"]),
            tuple(_fit(one) for one in model["tried"]),
        ),
        value["customers"], value["came_back"], value["days"], value["kept"],
        _check(check) if check else None,
        Text(*value["unchecked"]) if value["unchecked"] else None, value["currency"],
        said.since, said.set_by,
    )  # fmt: skip


def _fit(said: dict[str, Any]) -> Fit:
    return Fit(**{**said, "why": Text(*said["why"]) if said["why"] else None})


def _check(said: dict[str, Any]) -> HoldOut:
    return HoldOut(**{
        **said, "since": date.fromisoformat(said["since"]),
        "against": tuple(Error(**one) for one in said["against"]),
        "groups": tuple(Group(**one) for one in said["groups"]),
        "parts": tuple(Part(**one) for one in said.get("parts", ())),
    })  # fmt: skip
