"""What Meta's channels share: the handshake, the signature and the call to the Graph API."""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from romashka.channels.errors import (
    AccountBlocked,
    Ambiguous,
    Rejected,
    SendError,
    Throttled,
    Unavailable,
)
from romashka.channels.fields import object_in, text_in
from romashka.channels.http import Caller, Download

if TYPE_CHECKING:
    import httpx

SIGNATURE_HEADER = "x-hub-signature-256"
SIGNATURE = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

# Without one, some of Meta's file servers refuse to answer.
USER_AGENT = "romashka/1"
LONGEST_PAUSE_S = 3600.0
# Too many messages to this one customer: only they wait.
PAIR = 131056
# Codes of the Graph API, with the pause in seconds where the platform names one in its docs only.
THROTTLED: Mapping[int, float | None] = {
    4: None,
    17: None,
    32: None,
    613: None,
    80006: None,
    80007: None,
    130429: None,
    133016: None,
    PAIR: 6.0,
    131048: LONGEST_PAUSE_S,  # held back as spam
}
PASSING = frozenset({1, 2, 131000, 131016, 131053, 131057})
ACCOUNT = frozenset({0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, *range(200, 300)})


ErrorOf = Callable[[int, Mapping[str, Any], float | None], SendError]


@runtime_checkable
class Registrable(Protocol):
    """A channel whose address the platform checks by a handshake."""

    verify_tokens: Sequence[str]


class WrongToken(Exception):
    """The verify token of a handshake is not ours."""


class BadChallenge(ValueError):
    """The handshake has no challenge that may be echoed."""


def answer_handshake(query: Mapping[str, str], verify_tokens: Sequence[str]) -> str:
    """The challenge to echo when the platform registers our address; raises WrongToken."""
    token = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    right = any([hmac.compare_digest(token, ours.encode()) for ours in verify_tokens if ours])
    if query.get("hub.mode") != "subscribe" or not right:
        raise WrongToken
    challenge = query.get("hub.challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        raise BadChallenge
    return challenge


def is_signed(headers: Mapping[str, str], body: bytes, secrets: Sequence[bytes]) -> bool:
    """Whether the bytes carry a signature made with one of the secrets; names in lower case.

    Two headers arrive joined by a comma, so they fail the form like every other odd spelling.
    """
    found = SIGNATURE.fullmatch(headers.get(SIGNATURE_HEADER, ""))
    if found is None:
        return False
    claimed = bytes.fromhex(found[1])
    return any(
        hmac.compare_digest(hmac.digest(secret, body, "sha256"), claimed) for secret in secrets
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to be posted."""

    name: str
    content: bytes
    mime_type: str


class Graph:
    """The Graph API seen from one access token; keeps its connections until closed.

    `error` makes the send error of a refusal, where a channel has codes of its own.
    """

    def __init__(
        self, url: str, token: str, timeout_s: float, error: ErrorOf | None = None
    ) -> None:
        self.url = url
        self._error = error or send_error
        self._caller = Caller(timeout_s, {"authorization": f"Bearer {token}"})
        self._stranger = Caller(timeout_s)

    async def post(self, path: str, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Post JSON and give the answer's object; raises a SendError, within the time limit."""
        response = await self._caller.request("POST", f"{self.url}/{path}", json=payload)
        return graph_answer(response, self._error)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """Read an object; raises a SendError, within the time limit."""
        response = await self._caller.request("GET", f"{self.url}/{path}", params=query)
        return graph_answer(response, self._error)

    async def upload(self, path: str, fields: Mapping[str, str], file: Upload) -> Mapping[str, Any]:
        """Post a file as a form and give the answer's object; raises a SendError."""
        answer = await self._caller.request(
            "POST",
            f"{self.url}/{path}",
            data=dict(fields),
            files={"file": (file.name, file.content, file.mime_type)},
            headers={"accept": "application/json"},
        )
        return graph_answer(answer, self._error)

    async def download(
        self, url: str, limit: int, *, timeout_s: float, with_token: bool
    ) -> Download:
        """The bytes at an address; our token goes along only `with_token`. Raises a SendError."""
        caller = self._caller if with_token else self._stranger
        headers = {"user-agent": USER_AGENT}
        return await caller.download(url, limit, timeout_s=timeout_s, headers=headers)

    async def close(self) -> None:
        """Close the connections; the next post opens new ones."""
        await self._caller.close()
        await self._stranger.close()


def graph_answer(response: httpx.Response, error: ErrorOf) -> Mapping[str, Any]:
    """The object that the Graph API answered; raises the send error of its refusal."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    found = body if isinstance(body, dict) else {}
    if response.is_success and "error" not in found:
        return found
    pause = pause_of(response.headers.get("retry-after", ""))
    raise error(response.status_code, object_in(found, "error"), pause)


def send_error(
    status: int, error: Mapping[str, Any], retry_after: float | None = None
) -> SendError:
    """The send error for an HTTP status and the `error` object of the Graph API's answer."""
    code = error.get("code")
    code = code if isinstance(code, int) and not isinstance(code, bool) else None
    name = str(status if code is None else code)
    reason = reason_of(error) or f"HTTP {status}"
    if code in THROTTLED or status == 429:
        pause = max(retry_after or 0.0, THROTTLED.get(code or 0) or 0.0)
        return Throttled(name, reason, pause or None, whole_account=code != PAIR)
    if code in PASSING:
        return Unavailable(reason, name)
    if code in ACCOUNT or (code is None and status in (401, 403)):
        return AccountBlocked(name, reason)
    if code is not None:
        return Rejected(name, reason) if status < 500 else Unavailable(reason, name)
    return _error_by_status(status, reason)


def _error_by_status(status: int, reason: str) -> SendError:
    if 400 <= status < 500:
        return Rejected(str(status), reason)
    # A gateway that gave up waiting does not know whether the message went out behind it.
    if status in (200, 502, 504):
        return Ambiguous(reason, str(status))
    return Unavailable(reason, str(status))


def reason_of(error: Mapping[str, Any]) -> str | None:
    """The most exact of the texts the Graph API puts into an error."""
    details = text_in(object_in(error, "error_data"), "details")
    return details or text_in(error, "message") or text_in(error, "title")


def pause_of(retry_after: str) -> float | None:
    """The seconds a Retry-After header asks for, at most an hour; None when it makes no sense."""
    try:
        seconds = (
            float(retry_after) if retry_after.strip().isdigit() else _seconds_until(retry_after)
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(seconds, LONGEST_PAUSE_S) if seconds > 0 else None


def _seconds_until(date: str) -> float:
    found = parsedate_to_datetime(date)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return (found - datetime.now(UTC)).total_seconds()
