"""The Telegram stand-in: takes calls as the Bot API does and sends updates to our webhook.

Addresses are those of the platform behind the prefix `/telegram`: `/bot<token>/<method>` and
`/file/bot<token>/<path>`. Two are its own: POST `/updates` plays a customer (an update without its
id), POST `/files/<name>` puts a file there that a customer's message may name.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.standins.cut_off import CutOff
from local.standins.record import Entry, Record
from local.standins.telegram_errors import BotError, TelegramBehaviour, bad_request
from local.standins.telegram_payload import (
    ACTIONS,
    FILES,
    Call,
    Upload,
    check_message,
    check_webhook,
    read_call,
)
from local.standins.telegram_updates import Updates, Webhook
from romashka.channels.accounts import Account

LARGEST_READ = 20 * 1024 * 1024
SENDS = ("sendMessage", "sendMediaGroup", *FILES)


class Telegram:
    """One bot's platform: how it behaves, its files, its webhook and what it was asked to send."""

    def __init__(self, account: Account, record: Record, webhook_url: str) -> None:
        self.behaviour = TelegramBehaviour()
        self._account = account
        self._record = record
        webhook = Webhook(url=webhook_url, secret=account.secret("webhook_secret"))
        self._updates = Updates(webhook, self._hear)
        self._files: dict[str, Upload] = {}
        self._last_sent: dict[str, float] = {}
        self._numbers = itertools.count(1000)
        self._methods: Mapping[str, Callable[[Call], Awaitable[Any]]] = {
            "getMe": self._get_me,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._get_webhook_info,
            "sendChatAction": self._chat_action,
            "answerCallbackQuery": self._answer_callback,
            "getFile": self._get_file,
        }

    def behave(self, wish: Mapping[str, Any]) -> None:
        """Behave as wished from now on; raises BadControl."""
        self.behaviour = TelegramBehaviour.from_json(wish)

    def routes(self) -> list[Route]:
        """The Bot API's addresses, relative to `/telegram`."""
        methods = ["GET", "POST"]
        return [
            Route("/updates", self.play, methods=["POST"]),
            Route("/files/{name}", self.put_file, methods=["POST"]),
            Route("/file/bot{token}/{path:path}", self.download, methods=["GET"]),
            Route("/bot{token}/{method}", self.take, methods=methods),
        ]

    async def start(self) -> None:
        """Nothing runs beside the routes until an update is played."""

    async def forget(self) -> None:
        """Drop updates that wait."""
        await self._updates.forget()

    async def close(self) -> None:
        """Drop everything and close the connections."""
        await self._updates.close()

    async def take(self, request: Request) -> Response:
        """Carry out a method, or refuse it with Telegram's envelope."""
        try:
            self._check_token(request)
            name, call = request.path_params["method"], await read_call(request)
            if name in SENDS:
                return await self._send(name, call)
            if name not in self._methods:
                raise BotError(code=404, description="Not Found: method not found")
            return JSONResponse({"ok": True, "result": await self._methods[name](call)})
        except BotError as error:
            return JSONResponse(error.envelope(), status_code=error.code)

    async def download(self, request: Request) -> Response:
        """Give the bytes of a file under the path that getFile gave."""
        found = self._files.get(request.path_params["path"].rpartition("/")[2])
        if found is None or request.path_params["token"] != self._account.secret("bot_token"):
            error = BotError(code=404, description="Not Found")
            return JSONResponse(error.envelope(), status_code=error.code)
        return Response(found.content, media_type="application/octet-stream")

    async def put_file(self, request: Request) -> Response:
        """Put a file there; the answer is its id for a customer's message."""
        upload = Upload(
            content=await request.body(),
            filename=request.path_params["name"],
            mime_type=request.headers.get("content-type", "application/octet-stream"),
        )
        return JSONResponse({"file_id": self._keep(upload), "file_size": len(upload.content)})

    async def play(self, request: Request) -> Response:
        """Send an update to our webhook, behind those of its chat; the answer is its id."""
        try:
            call = await read_call(request)
        except BotError as error:
            return JSONResponse(error.envelope(), status_code=error.code)
        sent = [self._updates.send(kind, part) for kind, part in call.fields.items()]
        return JSONResponse({"update_ids": sent})

    def _check_token(self, request: Request) -> None:
        given = request.path_params["token"].encode("utf-8", "surrogatepass")
        is_right = secrets.compare_digest(given, self._account.secret("bot_token").encode())
        is_send = request.path_params["method"] in SENDS
        if not is_right or (self.behaviour.refuses_token and not is_send):
            raise BotError(code=401, description="Unauthorized")

    async def _send(self, method: str, call: Call) -> Response:
        check_message(method, call)
        entry = self._note(method, call.fields)
        behaviour, mode = self.behaviour, self.behaviour.takes(call.text("chat_id"))
        await asyncio.sleep(behaviour.answer_after_ms / 1000)
        try:
            if mode == "hang":
                await asyncio.sleep(behaviour.hang_ms / 1000)
                mode = "transient"
            behaviour.refuse(mode, call.text("chat_id"), self._last_sent)
        except BotError as error:
            entry.answer_status = entry.answer_code = error.code
            raise
        result = self._made(method, call)
        first = result[0] if isinstance(result, list) else result
        entry.message_id = f"{call.text('chat_id')}:{first['message_id']}"
        if mode == "drop":
            return CutOff()
        entry.answer_status = 200
        return JSONResponse({"ok": True, "result": result})

    def _made(self, method: str, call: Call) -> Any:
        """The messages that came of a send, as the platform describes them."""
        if method == "sendMediaGroup":
            items = [Call(fields=item, uploads=call.uploads) for item in call.fields["media"]]
            kinds = [str(item["type"]) for item in call.fields["media"]]
            made = zip(items, kinds, strict=True)
            return [self._message(call, kind, item.upload("media"), item) for item, kind in made]
        if method == "sendMessage":
            return self._message(call, None, None, call)
        return self._message(call, FILES[method], call.upload(FILES[method]), call)

    def _message(
        self, call: Call, kind: str | None, upload: Upload | None, words: Call
    ) -> dict[str, Any]:
        message: dict[str, Any] = {
            "message_id": next(self._numbers),
            "from": self._bot(),
            "chat": {"id": int(call.text("chat_id")), "type": "private"},
            "date": int(time.time()),
        }
        for name in ("text", "caption"):
            if words.text(name):
                message[name] = words.text(name)
        if kind and upload:
            file = {"file_id": self._keep(upload), "file_size": len(upload.content)}
            message[kind] = [file] if kind == "photo" else file
        return message

    def _keep(self, upload: Upload) -> str:
        file_id = "F" + secrets.token_hex(12)
        self._files[file_id] = upload
        return file_id

    def _note(self, method: str, fields: Mapping[str, Any]) -> Entry:
        chat = fields.get("chat_id")
        text = fields.get("text") or fields.get("caption")
        return self._record.add(
            platform="telegram",
            kind=method,
            account=self._account.account,
            recipient=None if chat is None else str(chat),
            text=text if isinstance(text, str) else None,
            payload=dict(fields),
        )

    def _hear(self, method: str, fields: Mapping[str, Any]) -> None:
        """A call that stood in a webhook's answer."""
        self._note(method, fields).answer_status = 200

    def _bot(self) -> dict[str, Any]:
        number = int(self._account.account)
        return {"id": number, "is_bot": True, "first_name": "Shop", "username": "stand_in_bot"}

    async def _get_me(self, _call: Call) -> Any:
        return self._bot() | {"can_connect_to_business": True}

    async def _set_webhook(self, call: Call) -> Any:
        check_webhook(call)
        allowed = call.fields.get("allowed_updates")
        self._updates.webhook = Webhook(
            url=call.text("url"),
            secret=call.text("secret_token"),
            allowed=allowed if isinstance(allowed, list) else [],
            connections=int(call.text("max_connections") or 40),
        )
        return True

    async def _delete_webhook(self, _call: Call) -> Any:
        self._updates.webhook = Webhook(url="", secret="")
        return True

    async def _get_webhook_info(self, _call: Call) -> Any:
        return self._updates.webhook.as_json(self._updates.pending)

    async def _chat_action(self, call: Call) -> Any:
        if call.text("action") not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._note("sendChatAction", call.fields).answer_status = 200
        return True

    async def _answer_callback(self, call: Call) -> Any:
        if not call.text("callback_query_id"):
            raise bad_request(
                "query is too old and response timeout expired or query ID is invalid"
            )
        self._note("answerCallbackQuery", call.fields).answer_status = 200
        return True

    async def _get_file(self, call: Call) -> Any:
        file_id = call.text("file_id")
        found = self._files.get(file_id)
        if found is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(found.content) > LARGEST_READ:
            raise bad_request("file is too big")
        size = len(found.content)
        return {"file_id": file_id, "file_size": size, "file_path": f"documents/{file_id}"}
