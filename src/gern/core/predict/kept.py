"""Model cards: what was learned when, from what, and how good it was; every version is kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from gern.core.log.manifest import Manifest, Setting
from gern.core.predict.backtest import BackTest, Bin, Caught, Way
from gern.core.predict.buyers import Buyers
from gern.core.predict.fitting import Fit
from gern.core.predict.holdout import Error, Group, HoldOut
from gern.core.predict.risk import Learned
from gern.core.predict.value import Model
from gern.core.text import Text

VALUE, RISK = "model:value", "model:risk"


@dataclass(frozen=True)
class Card:
    """``model`` was fitted to ``customers``, ``came_back`` of whom bought on a second day, over
    ``days`` until ``model.until``; ``kept``: share of money that did not go back. ``check``: how good
    the same way of fitting was on the last part of the time, hidden from it; None: it could not be
    said, ``unchecked`` says why."""

    model: Model
    customers: int
    came_back: int
    days: int
    kept: float
    check: HoldOut | None
    unchecked: Text | None
    trained: datetime
    by: str

    @property
    def better(self) -> bool:
        """Whether it beat, on data not seen, what one would say without it (beyond chance)."""
        return self.check is not None and all(one.low > 0 for one in self.check.against)


def keep(
    manifest: Manifest, model: Model, buyers: Buyers, check: HoldOut | None, unchecked: Text | None, by: str,
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
        },
        by,
    )


def card(manifest: Manifest) -> Card | None:
    """The one in force; None: nothing was learned yet."""
    found = manifest.setting(VALUE)
    return _read(found) if found else None


def versions(manifest: Manifest) -> list[Card]:
    """The last ones, the newest first."""
    return [_read(said) for said in manifest.setting_versions(VALUE)]


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


def risk_card(manifest: Manifest) -> RiskCard | None:
    """The one in force; None: nothing was learned yet."""
    found = manifest.setting(RISK)
    return _read_risk(found) if found else None


def risk_versions(manifest: Manifest) -> list[RiskCard]:
    """The last ones, the newest first."""
    return [_read_risk(said) for said in manifest.setting_versions(RISK)]


def _read_risk(said: Setting) -> RiskCard:
    value, check = said.value, said.value["check"]
    return RiskCard(
        value["rows"], value["left"], _days(value["days"]), value["window_days"],
        BackTest(**{
            **check, "days": _days(check["days"]), "ways": tuple(Way(**one) for one in check["ways"]),
            "caught": tuple(Caught(**one) for one in check["caught"]),
            "bins": tuple(Bin(**one) for one in check["bins"]),
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
        Text(*value["unchecked"]) if value["unchecked"] else None, said.since, said.set_by,
    )  # fmt: skip


def _fit(said: dict[str, Any]) -> Fit:
    return Fit(**{**said, "why": Text(*said["why"]) if said["why"] else None})


def _check(said: dict[str, Any]) -> HoldOut:
    return HoldOut(**{
        **said, "since": date.fromisoformat(said["since"]),
        "against": tuple(Error(**one) for one in said["against"]),
        "groups": tuple(Group(**one) for one in said["groups"]),
    })  # fmt: skip
