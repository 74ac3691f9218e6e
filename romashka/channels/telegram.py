"""Telegram through its Bot API, both directions."""

from __future__ import annotations

import asyncio
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from romashka.channels.accounts import Account, account_names
from romashka.channels.base import (
    LONGEST_BODY,
    Fetched,
    Hook,
    Inlet,
    OutboundMessage,
    Signal,
)
from romashka.channels.errors import AccountBlocked, Ambiguous, ParseError, Rejected, Unavailable
from romashka.channels.events import InboundEvent, Media
from romashka.channels.fields import load_object, object_in, text_in
from romashka.channels.pacing import Pace
from romashka.channels.parts import send_albums
from romashka.channels.telegram_api import BotApi
from romashka.channels.telegram_events import events_of
from romashka.channels.telegram_items import ASKED_FOR
from romashka.channels.telegram_sending import (
    LARGEST_UPLOAD,
    NO_PHOTO,
    PHOTO,
    Part,
    as_document,
    call_of,
    chat_of,
    parts_of,
)
from romashka.settings import BadSetting, Settings

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - the name of a header
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}", re.ASCII)
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,200}", re.ASCII)
FILE_PATH = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_.-]+)*", re.ASCII)
# Bots may read no larger files: https://core.telegram.org/bots/api#getfile
LARGEST_FETCH = 20 * 1024 * 1024
# To one chat a message a second, to all together thirty.
CHAT_S, ALL_S = 1.0, 1 / 30
CONNECTIONS = 40


class Telegram:
    """Telegram bots, all of them behind one address: a bot is known by the secret it sends.

    Raises BadSetting for a bot without a secret: Telegram signs nothing, so without it anybody
    could write in anybody's name.
    """

    type = "telegram"
    longest_body = LONGEST_BODY

    def __init__(self, settings: Settings, accounts: Sequence[Account]) -> None:
        self.accounts: Sequence[str] = account_names(accounts)
        self.inlets: Mapping[str, Inlet] = {"": self}
        self._within_s = settings.send_timeout_s
        self._bots = {secret.encode(): one.account for one in accounts for secret in _secrets(one)}
        if len(self._bots) < sum(len(set(_secrets(one))) for one in accounts):
            raise BadSetting("two Telegram bots have one webhook secret: each needs its own")
        self._newest_secret = {one.account: one.secret("webhook_secret") for one in accounts}
        self._apis = {
            one.account: BotApi(settings.telegram_api_url, _token(one), settings.send_timeout_s)
            for one in accounts
        }
        self._paces = {name: Pace(chat_s=CHAT_S, all_s=ALL_S) for name in self.accounts}

    def verify(self, headers: Mapping[str, str], body: bytes) -> Mapping[str, str] | None:
        """The bot whose secret came along, else None; the time it takes tells nothing."""
        given = headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
        found = None
        for secret, account in self._bots.items():
            if hmac.compare_digest(secret, given):
                found = account
        return None if found is None else {"account": found}

    def parse(self, body: bytes, kept: Mapping[str, str]) -> list[InboundEvent]:
        """Every event of the update; raises ParseError when it is none, or nobody's."""
        account = kept.get("account") or (self.accounts[0] if len(self.accounts) == 1 else None)
        if account is None:
            raise ParseError("it is not known for which bot this was")
        return events_of(body, account)

    def reply(self, body: bytes) -> bytes | None:
        """Let the button that was tapped stop waiting: no call of its own, so none is forgotten."""
        callback = text_in(object_in(load_object(body), "callback_query"), "id")
        if callback is None:
            return None
        answer = {"method": "answerCallbackQuery", "callback_query_id": callback}
        return json.dumps(answer).encode()

    async def send(self, message: OutboundMessage) -> tuple[str, ...]:
        """Send it in as many parts as it needs, at the pace that Telegram allows."""
        api, pace = self._api(message.account), self._paces[message.account]
        parts, chat = parts_of(message), chat_of(message.identities)
        give_up_at = asyncio.get_running_loop().time() + self._within_s

        async def post(part: Part) -> Sequence[str]:
            loaded = [await api.download(file.url, LARGEST_UPLOAD) for file in part.files]
            await pace.turn(chat, give_up_at - asyncio.get_running_loop().time())
            try:
                return _ids(await _post(api, part, loaded), part, chat, message.via)
            finally:
                pace.taken(chat)

        return await send_albums(parts, message.parts_sent, post, lambda part: part.messages)

    async def fetch(self, account: str, media: Media, limit: int) -> Fetched:
        """A customer's file; raises Rejected for more than 20 MB, which no bot may read."""
        if (media.size or 0) > min(limit, LARGEST_FETCH):
            raise Rejected("too_large", f"{media.size} bytes; bots may read 20 MB, we {limit}")
        api = self._api(account)
        try:
            found = await api.call("getFile", {"file_id": media.id})
        except Ambiguous as error:
            raise Unavailable(error.reason, error.code) from None
        path = text_in(found, "file_path") if isinstance(found, dict) else None
        if path is None or not FILE_PATH.fullmatch(path) or ".." in path:
            raise Rejected("no_file", "the platform gave no path to the file")
        file = await api.file(path, min(limit, LARGEST_FETCH))
        # The platform serves every file as application/octet-stream.
        return Fetched(
            content=file.content,
            mime_type=media.mime_type,
            filename=media.filename or PurePosixPath(path).name,
        )

    async def signal(self, signal: Signal) -> None:
        """Show that we type; Telegram has nothing that says a bot has read something."""
        if signal.kind == "typing":
            fields = {"chat_id": chat_of(signal.identities), "action": "typing"}
            await self._api(signal.account).call("sendChatAction", fields)

    async def check(self, account: str) -> str:
        """Who the bot is, where its updates go, how many wait and what went wrong last."""
        me = await self._api(account).call("getMe", {})
        webhook = await self.webhook(account)
        address = text_in(webhook, "url") or "no webhook: romashka channel register telegram"
        said = [f"@{me.get('username')}", address, f"{webhook.get('pending_update_count')} waiting"]
        if text_in(webhook, "last_error_message"):
            said.append(f"last error: {webhook['last_error_message']}")
        return ", ".join(said)

    async def register(self, account: str, url: str) -> None:
        """Have Telegram send this bot's updates to an address; raises a SendError."""
        fields = {
            "url": url,
            "secret_token": self._newest_secret.get(account, ""),
            "allowed_updates": list(ASKED_FOR),
            "max_connections": CONNECTIONS,
            "drop_pending_updates": False,
        }
        await self._api(account).call("setWebhook", fields)

    async def webhook(self, account: str) -> Mapping[str, Any]:
        """What Telegram says of this bot's webhook (WebhookInfo); raises a SendError."""
        found = await self._api(account).call("getWebhookInfo", {})
        return found if isinstance(found, dict) else {}

    async def hook(self, account: str) -> Hook:
        """Where updates go now, how many wait and what went wrong last; raises a SendError."""
        info = await self.webhook(account)
        waiting, error_at = info.get("pending_update_count"), info.get("last_error_date")
        return Hook(
            url=text_in(info, "url") or "",
            waiting=waiting if type(waiting) is int else 0,
            error=text_in(info, "last_error_message"),
            error_at=error_at if type(error_at) is int else None,
        )

    async def close(self) -> None:
        """Close the connections to the platform."""
        for api in self._apis.values():
            await api.close()

    def _api(self, account: str) -> BotApi:
        api = self._apis.get(account)
        if api is None:
            raise AccountBlocked("account_not_configured", f"no token for {account}")
        return api


async def _post(api: BotApi, part: Part, loaded: Sequence[Fetched]) -> Any:
    try:
        return await api.call(*call_of(part, loaded))
    except Rejected as error:
        if part.forms != (PHOTO,) or not any(word in error.reason for word in NO_PHOTO):
            raise
    return await api.call(*call_of(as_document(part), loaded))


def _ids(result: Any, part: Part, chat: str, via: str | None) -> tuple[str, ...]:
    """Our names of the messages that the platform made of a part; raises Ambiguous without them."""
    made = result if isinstance(result, list) else [result]
    numbers = [one.get("message_id") for one in made if isinstance(one, dict)]
    if len(numbers) != part.messages or not all(type(number) is int for number in numbers):
        raise Ambiguous("the platform's answer has no message id")
    return tuple(":".join(filter(None, (via, chat, str(number)))) for number in numbers)


def _secrets(account: Account) -> tuple[str, ...]:
    found = account.secrets.get("webhook_secret", ())
    if not found:
        raise BadSetting(
            f"TELEGRAM_WEBHOOK_SECRET is missing for bot {account.account}: Telegram signs nothing,"
            " so without it anybody could write in anybody's name"
        )
    if not all(SECRET.fullmatch(secret) for secret in found):
        raise BadSetting("TELEGRAM_WEBHOOK_SECRET must be 1 to 256 letters, digits, - or _")
    return found


def _token(account: Account) -> str:
    token = account.secret("bot_token")
    if not TOKEN.fullmatch(token):
        raise BadSetting("TELEGRAM_BOT_TOKEN must be digits, a colon, and letters, digits, - or _")
    return token
