"""The guard before every address somebody typed in."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gern.core.errors import BadInput
from gern.kit.fetch import _is_public, check_url, fetch, public_addresses


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "100.64.0.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1%eth0",
])  # fmt: skip
def test_what_is_inside_is_not_public(address: str) -> None:
    assert not _is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"])
def test_what_is_outside_is(address: str) -> None:
    assert _is_public(address)


@pytest.mark.parametrize("url", [
    "http://shop.example/x.csv", "file:///etc/passwd", "ftp://a.example/x", "https://", "https:///x",
    "https://user:secret@a.example/", "gopher://a", "javascript:alert(1)", "//a.example",
    "https://a.example:99999/",
])  # fmt: skip
def test_other_addresses_are_refused(url: str, tmp_path) -> None:
    with pytest.raises(BadInput):
        fetch(url, tmp_path / "x")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0x7f000001", "2130706433", "127.1"])  # fmt: skip
def test_no_name_leads_inside(host: str, tmp_path) -> None:
    with pytest.raises(BadInput, match=r"own network|not known"):
        fetch(f"https://{host}/x", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_name_with_one_address_inside_is_refused(monkeypatch) -> None:
    both = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("10.0.0.1", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(BadInput, match="own network"):
        public_addresses("two-faced.example", 443)


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file.csv")
            self.end_headers()
        elif self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "ftp://elsewhere.example/")
            self.end_headers()
        elif self.path == "/circle":
            self.send_response(302)
            self.send_header("Location", "/circle")
            self.end_headers()
        elif self.path == "/file.csv":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"time,customer,event\n2026-01-01,anna,A\n")
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            for _ in range(10_000):
                self.wfile.write(b"x" * 10_000)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address(monkeypatch):
    """A server inside, with the switch that allows it."""
    monkeypatch.setenv("GERN_FETCH_PRIVATE", "1")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def test_a_file_comes_also_after_a_redirect(address, tmp_path) -> None:
    assert fetch(f"{address}/moved", tmp_path / "x") == 38
    assert (tmp_path / "x").read_text().startswith("time,customer")


@pytest.mark.parametrize(("path", "why"), [("/away", "no address"), ("/circle", "redirects"),
                                           ("/nothing", "404"), ("/endless", "bigger")])  # fmt: skip
def test_what_does_not_come_says_why(address, tmp_path, path, why) -> None:
    with pytest.raises(BadInput, match=why):
        fetch(address + path, tmp_path / "x", most_bytes=1_000_000)


def test_one_that_takes_too_long_is_broken_off(address, tmp_path) -> None:
    with pytest.raises(BadInput, match="too long"):
        fetch(f"{address}/endless", tmp_path / "x", seconds=0)


def test_without_the_switch_plain_http_is_refused() -> None:
    with pytest.raises(BadInput, match="https"):
        check_url("http://localhost/")
