"""The API against its own description: schemathesis makes up requests that fit it and that do not."""

from __future__ import annotations

import base64

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

import gern
from tests.homes import new_home
from tests.servers import Served, run


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("schema") / "home"
    new_home(home)
    with Served(home) as found:
        found.keys = {
            "server": run("source", "add", "server", "--server", home=home).strip(),
            "public": run("source", "add", "public", home=home).strip(),
            "nobody": "wrong",
        }
        yield found


@pytest.fixture(scope="module")
def api(served: Served):
    return schemathesis.openapi.from_url(f"{served.base}/v1/openapi.json")


CALLS = ("track", "identify", "page", "screen", "group", "alias", "batch")


@pytest.mark.parametrize("call", CALLS)
def test_whatever_comes_the_answer_is_one_that_is_described(api, served: Served, call: str) -> None:
    """Each request as three senders: a server, a page, nobody."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=api[f"/v1/{call}"]["POST"].as_strategy())
    def answered(case) -> None:
        for who, key in served.keys.items():
            basic = base64.b64encode(f"{key}:".encode()).decode()
            answer = case.call(base_url=served.base, headers={"Authorization": f"Basic {basic}"})
            said = answer.json()
            if who == "nobody":
                assert (answer.status_code, said["code"]) == (401, "wrong_key")
            elif answer.status_code == 200:
                assert said == {"success": True}
            else:
                assert answer.status_code in (400, 413, 429), said
                assert said.keys() == {"code", "message"}

    answered()


def test_what_was_taken_in_can_be_read(served: Served) -> None:
    shop = gern.open(served.home)
    shop.log.compact()
    assert shop.log.check().problems == []
    assert shop.query("SELECT count(*) AS n FROM events")[0]["n"] > 0
