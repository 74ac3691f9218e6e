"""Who may ask, how often with a wrong signature, and how much: before anything is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import BoundedSemaphore
from typing import Protocol
from wsgiref.types import WSGIEnvironment

from gunicorn.http.errors import ParseException  # type: ignore[import-untyped]  # no stubs
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from romashka.settings import Network, Settings
from webhooks.answers import Problem
from webhooks.channel_rules import ChannelRules

# What is read on and thrown away, so that a sender of too much still hears why it was refused.
DRAINED_AT_MOST = 16 * 1024 * 1024
DRAIN_STEP = 64 * 1024
# A request above this is large, and each process has so many of them in hand at a time.
LARGE = 5 * 1024 * 1024
LARGE_AT_ONCE = 2

Address = IPv4Address | IPv6Address


class ByteStream(Protocol):
    """The body as the server hands it over."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; fewer only at the end."""
        ...


class Malformed(Problem):
    """A body that no HTTP client in order sends: 400."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, detail)


class Guard:
    """The address list, the trusted proxies and the count of wrong signatures per address.

    The count is kept per gunicorn worker: it slows guessing down, it is no quota. `channels` are
    the rules that admins have set for channels, beside the ones for all.
    """

    def __init__(self, settings: Settings) -> None:
        self._allowed = settings.webhook_allowed_addresses
        self._proxies = settings.webhook_trusted_proxies
        self._body_within_s = settings.webhook_body_timeout_s
        self._rate = RateLimitItemPerMinute(settings.webhook_rate_per_minute)
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._large = BoundedSemaphore(LARGE_AT_ONCE)
        self.channels = ChannelRules()

    def admit(self, environ: WSGIEnvironment, channel_type: str) -> None:
        """Raise Problem 403 for an address that is not on the list, when there is a list."""
        for allowed in (self._allowed, self.channels.networks(channel_type)):
            if allowed and not _is_in(self.client(environ), allowed):
                raise Problem(403, "this address may not send webhooks here")

    def body(self, environ: WSGIEnvironment, longest: int) -> bytes:
        """The request's body, as read_body gives it; a malformed one counts as unauthentic."""
        try:
            return read_body(environ, longest, self._body_within_s)
        except Malformed:
            self.count_failure(environ)
            raise

    @contextmanager
    def in_hand(self, environ: WSGIEnvironment, longest: int) -> Iterator[None]:
        """Hold a request of at most `longest` bytes; raises Problem 503 for one large too many.

        Whoever proves nothing can have no more memory of ours than the large ones take.
        """
        if not _may_be_large(environ, longest):
            yield
            return
        if not self._large.acquire(blocking=False):
            raise Problem(503, "too many large requests at once", retry_after_s=2)
        try:
            yield
        finally:
            self._large.release()

    def count_failure(self, environ: WSGIEnvironment) -> None:
        """Count a request that proved nothing; raises Problem 429 once there are too many.

        Authentic requests are never counted, so the platform itself is never slowed down.
        """
        if not self._limiter.hit(self._rate, rate_key(self.client(environ))):
            raise Problem(429, "too many requests without a right signature", retry_after_s=60)

    def client(self, environ: WSGIEnvironment) -> Address | None:
        """The sender's address: the peer's, or the last one our own proxies did not add."""
        peer = _address(environ.get("REMOTE_ADDR", ""))
        if not _is_in(peer, self._proxies):
            return peer
        hops = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
        for hop in reversed(hops):
            found = _address(hop.strip())
            if found is None or not _is_in(found, self._proxies):
                return found or peer
        return peer


def read_body(environ: WSGIEnvironment, longest: int, within_s: float) -> bytes:
    """The whole body; raises Problem 413 above `longest`, 415 when packed, 408 when too slow."""
    if environ.get("HTTP_CONTENT_ENCODING", "identity") not in ("", "identity"):
        raise Problem(415, "send the body as it is, without Content-Encoding")
    stream: ByteStream = environ["wsgi.input"]
    with _deadline(within_s):
        try:
            # The server's own limit would cut a chunked body short instead of refusing it.
            body = stream.read(longest + 1)
            if len(body) > longest:
                _drain(stream)
        except OSError:
            raise Malformed("the body ended early") from None
        except ParseException:
            raise Malformed("the body's chunks make no sense") from None
    if len(body) > longest:
        raise Problem(413, f"at most {longest} bytes are taken")
    if len(body) < _declared_length(environ):
        raise Malformed("the body is shorter than its Content-Length")
    return body


def rate_key(address: Address | None) -> str:
    """What is counted together: an IPv4 address, the 64 bits of an IPv6 customer."""
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _drain(stream: ByteStream) -> None:
    for _ in range(DRAINED_AT_MOST // DRAIN_STEP):
        if not stream.read(DRAIN_STEP):
            return


def _declared_length(environ: WSGIEnvironment) -> int:
    if "HTTP_TRANSFER_ENCODING" in environ:
        return 0
    text = environ.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() else 0


def _may_be_large(environ: WSGIEnvironment, longest: int) -> bool:
    """By its Content-Length; a chunked one, which has none, may be as large as is taken at all."""
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ
    return longest > LARGE and (is_chunked or _declared_length(environ) > LARGE)


@contextmanager
def _deadline(within_s: float) -> Iterator[None]:
    """Cut a body that trickles in; works where gevent has replaced the sockets."""
    import gevent  # type: ignore[import-untyped]  # it has no stubs
    from gevent import monkey

    if not monkey.is_module_patched("socket"):
        yield
        return
    try:
        with gevent.Timeout(within_s):
            yield
    except gevent.Timeout:
        raise Problem(408, f"the body took longer than {within_s:g} s") from None


@lru_cache(maxsize=4096)
def _address(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _is_in(address: Address | None, networks: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in networks)
