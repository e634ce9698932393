"""The one way out to an address somebody has typed in: a guard against reaching what is inside.

The name is resolved once, every address it has must be a public one, and the connection goes to
exactly that address (so the name cannot change its mind in between). Redirects are followed by the
same rules. Size and time are capped. https only; ``GERN_FETCH_PRIVATE=1`` allows addresses of the
own network, for firms whose shop system stands beside it.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import ssl
import time
from pathlib import Path
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from gern.core.errors import BadInput

MOST_BYTES = 2 * 1024**3
SECONDS = 600
CONNECT_SECONDS = 15
MOST_REDIRECTS = 4
_CHUNK = 1 << 20


def private_allowed() -> bool:
    """Whether addresses of the own network may be reached."""
    return os.environ.get("GERN_FETCH_PRIVATE") == "1"


def check_url(url: str) -> None:
    """``BadInput`` unless the guard could let this address through (it is not asked yet)."""
    parts = _split(url)
    allowed = ("https", "http") if private_allowed() else ("https",)
    if parts.scheme not in allowed or not parts.hostname or parts.username or parts.password:
        raise BadInput(
            f"{url[:100]!r} is no address that can be fetched. Allowed: https://… without a"
            " password in it.",
            param="url",
            german="Diese Adresse kann nicht abgerufen werden. Möglich: https://… ohne Passwort"
            " darin.",
        )
    _port(url)


def fetch(url: str, target: Path, *, most_bytes: int = MOST_BYTES, seconds: float = SECONDS) -> int:
    """Write what is at this address into a file; how many bytes. ``BadInput`` says why not."""
    deadline = time.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        check_url(url)
        connection = _connect(url)
        try:
            parts = urlsplit(url)
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            path = quote(path, safe="/%:=&?~+!$,;'@()*[]")
            connection.request("GET", path, headers={"User-Agent": "Gern", "Accept": "*/*"})
            reply = connection.getresponse()
            if reply.status in (301, 302, 303, 307, 308):
                url = urljoin(url, reply.headers.get("Location", ""))
                continue
            if reply.status != 200:
                raise BadInput(f"{parts.hostname} answers {reply.status} {reply.reason}.", param="url")  # fmt: skip
            return _save(reply, target, most_bytes, deadline)
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise BadInput(
                f"{urlsplit(url).hostname} cannot be fetched: {error}.", param="url"
            ) from error
        finally:
            connection.close()
    raise BadInput("Too many redirects.", param="url")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")
        return parts
    except ValueError as error:  # also UnicodeError
        raise BadInput(f"{url[:100]!r} is no address: {error}.", param="url") from error


def public_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host; ``BadInput`` when one of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadInput(f"{host} is not known: {error}.", param="url") from error
    addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if not _is_public(address) and not private_allowed():
            raise BadInput(
                f"{host} lies in the own network ({address}); that is not fetched.", param="url",
                german=f"{host} liegt im eigenen Netz ({address}); das wird nicht abgerufen.",
            )  # fmt: skip
    return addresses


_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # everything that can carry an IPv4 address inside is refused, mapped ones included
        return ip in _GLOBAL_UNICAST and ip.is_global and not ip.sixtofour and not ip.teredo
    return ip.is_global and not ip.is_multicast


def _connect(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host, port = str(parts.hostname).encode("idna").decode(), _port(url)
    address = public_addresses(host, port)[0]
    if parts.scheme == "http":
        return _Pinned(host, port, address, None)
    return _Pinned(host, port, address, ssl.create_default_context())


def _port(url: str) -> int:
    try:
        parts = urlsplit(url)
        return parts.port or (80 if parts.scheme == "http" else 443)
    except ValueError as error:
        raise BadInput(f"{url[:100]!r} has no port that exists.", param="url") from error


class _Pinned(http.client.HTTPConnection):
    """Connects to one address; the name is only said (SNI, Host) and checked (certificate)."""

    def __init__(self, host: str, port: int, address: str, context: ssl.SSLContext | None):
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._address, self._context = address, context

    def connect(self) -> None:
        """Open the connection."""
        self.sock = socket.create_connection((self._address, self.port), CONNECT_SECONDS)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def _save(reply: http.client.HTTPResponse, target: Path, most_bytes: int, deadline: float) -> int:
    size = 0
    with target.open("wb") as file:
        while part := reply.read1(_CHUNK):
            size += len(part)
            if size > most_bytes:
                raise BadInput(f"The file is bigger than {most_bytes:,} bytes.", param="url")
            if time.monotonic() > deadline:
                raise BadInput("The file takes too long to come.", param="url")
            file.write(part)
    return size
