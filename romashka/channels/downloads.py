"""Files at addresses that a platform named: fetched from the open internet alone, size in hand."""

from __future__ import annotations

import asyncio
import re
import socket
from ipaddress import IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from romashka.channels.base import Fetched
from romashka.channels.errors import Rejected, SendError, Throttled, Unavailable

if TYPE_CHECKING:
    import httpx

MOST_REDIRECTS = 3
GONE = frozenset({400, 403, 404, 410})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Addresses of IPv6 that are no public ones though they look it: NAT64, 6to4 and Teredo lead on to
# addresses of IPv4, and what was once a site's own is still used as that.
NOT_PUBLIC = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10"))
)
MIME_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.ASCII)


async def download(url: str, limit: int, timeout_s: float, *, private: bool = False) -> Fetched:
    """The bytes behind an address, at most `limit`; `private` allows addresses of our own network.

    Every hop is resolved once, judged, and called at exactly the address that was judged, so that a
    name cannot point elsewhere a moment later. Raises Rejected where it cannot be had any more,
    Unavailable where it may be had later.
    """
    import httpx

    try:
        async with asyncio.timeout(timeout_s):
            # No proxy of the environment: it would resolve the name again.
            async with httpx.AsyncClient(timeout=timeout_s, trust_env=False) as client:
                return await _follow(client, url, limit, private)
    except TimeoutError:
        raise Unavailable(f"not fetched within {timeout_s} s", "timeout") from None
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise Unavailable(f"{type(error).__name__} while fetching") from None


async def _follow(client: httpx.AsyncClient, url: str, limit: int, private: bool) -> Fetched:
    for _ in range(MOST_REDIRECTS + 1):
        request = await _request(client, url, private)
        response = await client.send(request, stream=True)
        try:
            if response.status_code in REDIRECTS and "location" in response.headers:
                url = urljoin(url, response.headers["location"])
                continue
            return await _read(response, limit)
        finally:
            await response.aclose()
    raise Rejected("redirects", "the file's address leads on and on")


async def _request(client: httpx.AsyncClient, url: str, private: bool) -> httpx.Request:
    """The request to the one address that was looked at, in the name of the host."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Rejected("bad_address", "the file's address makes no sense") from None
    if parts.scheme not in ("http", "https") or not host:
        raise Rejected("bad_address", "the file's address is none of the web")
    address = await _resolve(host, port or (443 if parts.scheme == "https" else 80), private)
    literal = f"[{address}]" if ":" in address else address
    target = parts._replace(netloc=literal if port is None else f"{literal}:{port}", fragment="")
    named = host if port is None else f"{host}:{port}"
    return client.build_request(
        "GET",
        target.geturl(),
        headers={"host": named, "user-agent": "romashka", "accept-encoding": "identity"},
        extensions={"sni_hostname": host},
    )


async def _resolve(host: str, port: int, private: bool) -> str:
    """One address of the host; raises Rejected when any of them is not of the open internet."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unavailable("the file's host is not known", "unknown_host") from None
    addresses = [str(one[4][0]).partition("%")[0] for one in found]
    if not private and not all(is_public(one) for one in addresses):
        raise Rejected("private_address", "the file's address is not of the open internet")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address is of the open internet; one of IPv4 may be written as one of IPv6."""
    found = ip_address(address)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in NOT_PUBLIC):
        return False
    return found.is_global and not (found.is_multicast or found.is_reserved)


async def _read(response: httpx.Response, limit: int) -> Fetched:
    if response.status_code != 200:
        raise _refusal(response.status_code)
    told = response.headers.get("content-length", "")
    if told.isdigit() and len(told) < 20 and int(told) > limit:
        raise Rejected("too_large", f"{told} bytes, {limit} are allowed")
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > limit:
            raise Rejected("too_large", f"more than {limit} bytes")
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return Fetched(content=bytes(content), mime_type=kind if MIME_TYPE.fullmatch(kind) else None)


def _refusal(status: int) -> SendError:
    if status in GONE:
        return Rejected(str(status), "the file is not there any more")
    if status == 429:
        return Throttled("429", "files are asked for too fast")
    return Unavailable(f"HTTP {status} for the file", str(status))
