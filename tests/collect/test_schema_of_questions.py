"""The JSON API against its own description, as every kind of key: nothing fails, and customers are
told to those alone who may ask for them."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

import gern
from tests.effort import examples
from tests.homes import new_home
from tests.servers import Served, run

PURCHASES = (
    "invoice,customer_id,invoice_date,stock_code,quantity,price,country\n"
    + "\n".join(
        f"{n},planted-{n % 7},2026-0{1 + n % 6}-11 10:00,tea,2,4.50,Germany" for n in range(40)
    )
)  # fmt: skip
MAPPING = "customer=customer_id,order=invoice,product=stock_code,quantity=quantity,price=price,time=invoice_date,country=country"  # fmt: skip
KEYS = {"figures": ["figures"], "people": ["figures", "people"], "ended": ["figures", "people"]}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    home = folder / "home"
    new_home(home)
    file = folder / "purchases.csv"
    file.write_text(PURCHASES)
    run("import", str(file), "--as", "purchases", "--map", MAPPING, home=home)
    made = {
        who: run("key", "add", who, *(f"--scope={s}" for s in scopes), home=home).strip()
        for who, scopes in KEYS.items()
    }
    run("key", "end", "3", home=home)
    with Served(home) as found:
        found.keys = {**made, "nobody": ""}
        yield found


@pytest.fixture(scope="module")
def api(served: Served):
    return schemathesis.openapi.from_url(f"{served.base}/api/v1/openapi.json")


def test_every_question_as_every_key(api, served: Served) -> None:
    asked, told = 0, dict.fromkeys(served.keys, 0)
    for found in api.get_all_operations():
        operation = found.ok()

        @settings(max_examples=examples(6), deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def answered(case) -> None:
            for who, key in served.keys.items():
                headers = {"Authorization": f"Bearer {key}"} if key else {}
                answer = case.call(base_url=served.base, headers=headers)
                where = (who, case.method, case.path, answer.status_code, answer.text[:300])
                assert answer.status_code < 500, where
                if answer.status_code == 429:
                    continue
                if who in ("ended", "nobody"):
                    assert answer.status_code == 401, where
                if who != "people":
                    assert "planted-" not in answer.text, where
                if answer.status_code == 200:
                    told[who] += 1
                elif answer.status_code != 405:
                    assert {"code", "message"} <= answer.json().keys(), where

        answered()
        asked += 1
    assert asked >= 14
    assert told["people"] > told["figures"] > 0


def test_the_key_for_people_is_told_of_them(served: Served) -> None:
    import urllib.request

    def ask(who: str) -> str:
        wanted = urllib.request.Request(f"{served.base}/api/v1/customers?limit=5")
        wanted.add_header("Authorization", f"Bearer {served.keys[who]}")
        with urllib.request.urlopen(wanted) as answer:
            return answer.read().decode()

    assert "planted-" in ask("people")
    assert len(gern.open(served.home).customers(columns=(), limit=None).rows) == 7
