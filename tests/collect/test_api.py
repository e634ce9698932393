"""The collection API over HTTP: keys, origins, limits, hostile bodies, what is said when."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import threading
import time
import zlib

import pytest

import gern
from tests.homes import new_home
from tests.servers import Served, run


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    home = tmp_path_factory.mktemp("api") / "home"
    new_home(home, "--zone", "Europe/Berlin", "--currency", "EUR")
    with Served(home) as found:
        found.keys = {
            "server": run("source", "add", "server", "--server", home=home).strip(),
            "public": run("source", "add", "public", home=home).strip(),
            "limited": run("source", "add", "limited", "--origin", "https://shop.example", home=home).strip(),
        }  # fmt: skip
        yield found


def raw(served: Served, method: str, path: str, body: bytes = b"", **headers: str):
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    reply = connection.getresponse()
    found = reply.status, dict(reply.getheaders()), reply.read()
    connection.close()
    return found


def shop_of(served: Served) -> gern.Shop:
    return gern.open(served.home)


def ids(served: Served, source: str = "server") -> set[str]:
    rows = shop_of(served).query("SELECT event_id FROM events WHERE source = $s", {"s": source})
    return {row["event_id"] for row in rows}


def item(id: str, **more):
    return {"type": "track", "event": "A", "userId": "anna", "messageId": id, **more}


@pytest.mark.parametrize("path", ["track", "t", "identify", "i", "page", "p", "screen", "s",
                                  "group", "g", "alias", "a"])  # fmt: skip
def test_every_single_call(served: Served, path: str) -> None:
    body = {"userId": "anna", "event": "A", "name": "N", "groupId": "g", "previousId": "o", "messageId": f"one-{path}"}  # fmt: skip
    assert served.post(f"/v1/{path}", body, served.keys["server"]) == (200, {"success": True})
    assert f"one-{path}" in ids(served)


@pytest.mark.parametrize("way", ["basic", "batch", "item", "bearer"])
def test_the_key_may_come_in_four_ways(served: Served, way: str) -> None:
    key = served.keys["server"]
    body = {"batch": [item(f"way-{way}", **({"writeKey": key} if way == "item" else {}))]}
    headers = {"Authorization": "Bearer x"} if way == "bearer" else {}
    if way in ("batch", "bearer"):
        body["writeKey"] = key
    status, _ = served.post("/v1/batch", body, key if way == "basic" else "", **headers)
    assert status == 200
    assert f"way-{way}" in ids(served)


@pytest.mark.parametrize("key", ["", "gs_wrong", "ü", "x" * 5000])
def test_a_wrong_key_is_refused_with_a_code(served: Served, key: str) -> None:
    status, said = served.post("/v1/batch", {"batch": [item("no")], "writeKey": key})
    assert (status, said["code"]) == (401, "wrong_key")
    assert "no" not in ids(served)


def test_broken_authorization_is_no_failure(served: Served) -> None:
    for value in ("Basic", "Basic !!!", "Basic " + base64.b64encode(b"\xff\xfe").decode(), "x"):
        status, _, body = raw(served, "POST", "/v1/batch", b'{"batch":[]}', Authorization=value)
        assert (status, json.loads(body)["code"]) == (401, "wrong_key")


def test_gzip_works_and_has_a_cap(served: Served) -> None:
    key = served.keys["server"]
    body = json.dumps({"batch": [item("zipped")], "writeKey": key}).encode()
    assert served.post("/v1/batch", gzip.compress(body), Content_Encoding="gzip")[0] == 200
    assert "zipped" in ids(served)
    bomb = gzip.compress(b'{"batch":[' + b" " * 200_000_000)
    started = time.monotonic()
    assert served.post("/v1/batch", bomb, key, Content_Encoding="gzip")[0] == 413
    assert time.monotonic() - started < 5
    for broken, encoding in ((gzip.compress(body)[:-9], "gzip"), (b"no gzip", "gzip"),
                             (zlib.compress(body), "deflate")):  # fmt: skip
        status, said = served.post("/v1/batch", broken, key, Content_Encoding=encoding)
        assert (status, said["code"]) in ((400, "unreadable"), (415, "encoding"))


def test_four_megabytes_are_taken_more_are_not(served: Served) -> None:
    key = served.keys["server"]
    items = [item(f"big-{n}", properties={"text": "x" * 30_000}) for n in range(130)]
    body = json.dumps({"batch": items}).encode()
    assert 3_900_000 < len(body) < 4_194_304
    assert served.post("/v1/batch", body, key)[0] == 200
    assert {f"big-{n}" for n in range(130)} <= ids(served)
    for more in (400_000, 4_000_000):  # also one that a socket's buffers do not hold
        status, said = served.post("/v1/batch", body + b" " * more, key)
        assert (status, said["code"]) == (413, "too_big")


HOSTILE = {
    "nan": b'{"event":"B","userId":"u","properties":{"a":NaN}}',
    "infinite": b'{"event":"B","userId":"u","properties":{"a":1e308,"b":-1E+400}}',
    "long integer": b'{"event":"B","userId":"u","properties":{"a":1' + b"0" * 400 + b"}}",
    "no UTF-8": b'{"event":"B","userId":"u","properties":{"a":"\xff\xfe"}}',
    "half a surrogate": b'{"event":"B","userId":"u","properties":{"a":"\\ud800"}}',
    "half a surrogate in the id": b'{"event":"B","userId":"\\udc00x"}',
    "deep": b'{"event":"B","userId":"u","properties":' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}",
    "deep list": b'{"event":"B","userId":"u","properties":{"a":' + b"[" * 5000 + b"]" * 5000 + b"}}",
    "a megabyte of text": b'{"event":"B","userId":"u","properties":{"a":"' + b"x" * 1_000_000 + b'"}}',
    "a huge key": b'{"event":"B","userId":"u","properties":{"' + b"k" * 200_000 + b'":1}}',
    "many keys": b'{"event":"B","userId":"u","properties":{' + b",".join(b'"k%d":1' % n for n in range(9000)) + b"}}",
    "a number": b"5",
    "nothing": b"",
    "null": b"null",
    "a list": b"[[1]]",
    "wrong types": b'{"type":5,"event":["x"],"userId":{"a":1},"timestamp":true}',
    "an id that is a list": b'{"event":"B","userId":["u"]}',
    "1970": b'{"event":"B","userId":"u","timestamp":"1970-01-01T00:00:00Z"}',
    "9999": b'{"event":"B","userId":"u","timestamp":"9999-12-31T23:59:59Z"}',
    "year 0": b'{"event":"B","userId":"u","timestamp":"0000-00-00T00:00:00Z"}',
    "a far time as a number": b'{"event":"B","userId":"u","timestamp":1e300}',
    "control characters": b'{"event":"B\\u0000","userId":"u"}',
    "a raw control character": b'{"event":"B","userId":"u","properties":{"a":"\x00"}}',
    "a comment": b'{"event":"B"/**/,"userId":"u"}',
    "money of infinite size": b'{"type":"track","event":"Order Completed","userId":"u","properties":{"revenue":1e400}}',
    "money that is a word": b'{"type":"track","event":"Order Completed","userId":"u","properties":{"revenue":"NaN"}}',
    "reserved": b'{"event":"B","userId":"visitor:v1"}',
}  # fmt: skip


@pytest.mark.parametrize("name", list(HOSTILE))
@pytest.mark.parametrize("kind", ["server", "public"])
def test_a_hostile_item_costs_its_neighbours_nothing(served: Served, name: str, kind: str) -> None:
    good = {"type": "track", "event": "A", "anonymousId": "v1"}
    first, last = (json.dumps({**good, "messageId": f"{kind}-{name}-{n}"}).encode() for n in (1, 2))
    body = b'{"batch":[' + first + b"," + HOSTILE[name] + b"," + last + b"]}"
    status, said = served.post("/v1/batch", body, served.keys[kind])
    assert (status, said) == (200, {"success": True})
    assert {f"{kind}-{name}-1", f"{kind}-{name}-2"} <= ids(served, kind)


def test_all_that_was_accepted_can_be_read_back(served: Served) -> None:
    """By the engine and by Python, one property at a time, before and after compaction."""
    shop = shop_of(served)
    for _ in range(2):
        for row in shop.query("SELECT properties, context FROM events"):
            for text in row.values():
                assert text is None or isinstance(json.loads(text), dict)
        keys = "SELECT count(*) AS n FROM (SELECT unnest(json_keys(properties)) FROM rows)"
        con_rows = shop.door.ask(gern.core.engines.door.Question(keys, {}, "test"))
        assert con_rows[0]["n"] > 0
        shop.log.compact()
    assert shop.log.check().problems == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"null", b"x", b"\xff", b'{"batch":', b'{"batch":5}',
                                  b'{"batch":[{"a":"', b'{"batch":[1,2', b"{" * 100_000])  # fmt: skip
def test_a_body_that_is_none_is_refused_with_a_code(served: Served, body: bytes) -> None:
    status, said = served.post("/v1/batch", body, served.keys["server"])
    assert (status, said["code"]) == (400, "unreadable")
    assert said["message"]


@pytest.mark.parametrize("body", [b"", b"[]", b"x", b'{"event":NaN}'])
def test_a_single_call_that_is_none_is_refused(served: Served, body: bytes) -> None:
    status, said = served.post("/v1/track", body, served.keys["server"])
    assert (status, said.get("code")) in ((400, "unreadable"), (200, None))


def test_other_paths_and_methods_answer_plainly(served: Served) -> None:
    for method, path, status in (("GET", "/v1/batch", 405), ("PUT", "/v1/track", 405),
                                 ("POST", "/v1/nothing", 404), ("POST", "/v1/", 404),
                                 ("POST", "/v1/batch/more", 404), ("GET", "/v1/projects/x/settings", 401)):  # fmt: skip
        found, _, body = raw(served, method, path)
        assert found == status, (method, path)
        assert {"code", "message"} == json.loads(body).keys()
    assert raw(served, "POST", "/v1/m", b"{}")[0] == 200


def test_the_browser_library_finds_its_settings(served: Served) -> None:
    key = served.keys["public"]
    status, headers, body = raw(served, "GET", f"/v1/projects/{key}/settings", Origin="https://a.example")  # fmt: skip
    assert (status, json.loads(body)) == (200, {"integrations": {"Segment.io": {"apiKey": key}}})
    assert headers["access-control-allow-origin"] == "https://a.example"


def test_a_key_may_be_bound_to_origins(served: Served) -> None:
    key = served.keys["limited"]
    ask = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "authorization"}  # fmt: skip
    status, headers, _ = raw(served, "OPTIONS", "/v1/b", Origin="https://shop.example", **ask)
    assert (status, headers["access-control-allow-origin"]) == (204, "https://shop.example")
    assert headers["access-control-allow-headers"] == "authorization, content-type, x-retry-count"
    body = json.dumps({"batch": [{"type": "page", "anonymousId": "v", "messageId": "o1"}], "writeKey": key})  # fmt: skip
    assert raw(served, "POST", "/v1/b", body.encode(), Origin="https://shop.example")[0] == 200
    status, _, said = raw(served, "POST", "/v1/b", body.replace("o1", "o2").encode(), Origin="https://evil.example")  # fmt: skip
    assert (status, json.loads(said)["code"]) == (403, "wrong_origin")
    assert ids(served, "limited") == {"o1"}


def test_a_server_key_in_a_page_is_refused_loudly(served: Served) -> None:
    body = json.dumps({"batch": [item("in-page")], "writeKey": served.keys["server"]}).encode()
    status, _, said = raw(served, "POST", "/v1/b", body, Origin="https://shop.example")
    assert (status, json.loads(said)["code"]) == (403, "server_key_in_page")
    assert "in-page" not in ids(served)


def test_a_key_is_rotated_with_overlap_and_ends(served: Served) -> None:
    old = run("source", "add", "turning", "--server", home=served.home).strip()
    assert served.post("/v1/batch", {"batch": [item("r1")]}, old)[0] == 200
    new = run("source", "rotate", "turning", home=served.home).strip()
    assert new != old
    time.sleep(2.2)
    for n, key in enumerate((old, new)):
        assert served.post("/v1/batch", {"batch": [item(f"r2-{n}")]}, key)[0] == 200
    newest = run("source", "rotate", "turning", "--overlap", "0", home=served.home).strip()
    time.sleep(2.4)
    assert [served.post("/v1/batch", {"batch": []}, key)[0] for key in (old, new, newest)] == [401, 401, 200]  # fmt: skip
    assert ids(served, "turning") == {"r1", "r2-0", "r2-1"}


def test_no_server_key_lies_on_the_disk(served: Served) -> None:
    key = served.keys["server"].encode()
    assert not [p for p in served.home.rglob("*") if p.is_file() and key in p.read_bytes()]


def test_who_sends_too_much_is_told_when_to_come_again(served: Served) -> None:
    from gern.rooms.collect.ingest.limits import Buckets

    buckets = Buckets()
    assert [buckets.take("web", 60, 100) for _ in range(2)] == [0, 12]
    assert buckets.take("other", 60, 100) == 0
    assert buckets.take("web", 10, 0) == 0
    assert Buckets().take("web", 10_000, 100) == 0  # a batch bigger than the bucket, once
    key = served.keys["public"]
    seen = set()
    for n in range(14):
        batch = [
            {"type": "page", "anonymousId": "v", "messageId": f"l{n}-{k}"} for k in range(5000)
        ]
        status, headers, _ = raw(served, "POST", "/v1/batch", json.dumps({"batch": batch, "writeKey": key}).encode())  # fmt: skip
        seen.add(status)
        if status == 429:
            assert 1 <= int(headers["retry-after"]) <= 300
    assert seen == {200, 429}


def test_two_hundred_says_it_is_on_disk(served: Served) -> None:
    """Many senders at once; killed without warning; every batch that was answered is there."""
    key = served.keys["server"]
    answered: list[str] = []
    stop = threading.Event()

    def sender(number: int) -> None:
        n = 0
        while not stop.is_set():
            id = f"k{number}-{n}"
            try:
                if served.post("/v1/batch", {"batch": [item(id)]}, key)[0] == 200:
                    answered.append(id)
            except (OSError, http.client.HTTPException, ValueError):
                pass
            n += 1

    threads = [threading.Thread(target=sender, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(1)
        served.kill()
        served.start()
    time.sleep(0.5)
    stop.set()
    for thread in threads:
        thread.join()
    assert len(answered) > 50
    assert set(answered) <= ids(served)


def test_a_full_disk_is_said_with_503_and_nothing_is_lost(served: Served, monkeypatch) -> None:
    """In this process, with the same application."""
    import asyncio

    from gern.core.errors import OutOfSpace
    from gern.core.log.arrivals import Arrived
    from gern.core.log.inbox import Inbox
    from gern.rooms.collect.ingest.writer import Writer

    shop = shop_of(served)

    def full(*_: object) -> None:
        raise OutOfSpace("test")

    monkeypatch.setattr("gern.core.log.inbox.check_space", full)

    async def put() -> None:
        await Writer(Inbox(shop.home, shop.manifest, shop.log.clock)).put(Arrived("x", []), 1)

    with pytest.raises(OutOfSpace):
        asyncio.run(put())
