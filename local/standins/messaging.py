"""The stand-ins of Messenger and Instagram: one Send API, echoes, watermarks, profiles, files.

Addresses are those of the platform behind `/messenger` and `/instagram`. They check token and
payload as strictly as the platform, refuse with Meta's own envelopes, and send signed webhooks.
"""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.standins import meta
from local.standins.cut_off import CutOff
from local.standins.graph_answers import Handler, guarded, json_of, refusal
from local.standins.graph_errors import GraphError, no_such_object
from local.standins.messaging_behaviour import MessagingBehaviour, messaging_refusal
from local.standins.messaging_payload import RULES, check, kind_of, recipient_of
from local.standins.messaging_webhooks import Talk, echo, new_mid, reports, webhook
from local.standins.record import Entry, Receipt, Record
from local.standins.webhook_sender import WebhookSender
from romashka.channels.accounts import Account

# A picture of one dot: enough for whoever checks that it is one.
PICTURE = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


class MessagingPlatform:
    """One of the two platforms: its account, how it behaves now, and what it owes."""

    def __init__(self, name: str, account: Account, record: Record, webhook_url: str) -> None:
        self.behaviour = MessagingBehaviour()
        self._name = name
        self._rules = RULES[name]
        self._account = account
        self._token = account.secret("access_token")
        self._record = record
        self._webhooks = WebhookSender(webhook_url, account.secret("app_secret"))

    def behave(self, wish: Mapping[str, Any]) -> None:
        """Behave as wished from now on; raises BadControl."""
        self.behaviour = MessagingBehaviour.from_json(wish)

    async def start(self) -> None:
        """Nothing runs beside the routes until webhooks are owed."""

    async def forget(self) -> None:
        """Owe no webhooks any more."""
        await self._webhooks.forget()

    async def close(self) -> None:
        """Owe nothing and close the connections."""
        await self._webhooks.close()

    def routes(self) -> list[Route]:
        """The Graph API's addresses, relative to the platform's prefix."""

        def wrap(handler: Handler) -> Handler:
            return guarded(handler, self._token)

        return [
            Route("/cdn/{name}", self.file, methods=["GET"]),
            Route("/refresh_access_token", self.refresh, methods=["GET"]),
            Route("/{version}/me", wrap(self.me), methods=["GET"]),
            Route("/{version}/{account}/messages", wrap(self.message), methods=["POST"]),
            Route("/{version}/{person}", wrap(self.profile), methods=["GET"]),
        ]

    async def message(self, request: Request) -> Response:
        """Take a message or an action; refuse it, or be slow, as the behaviour in force says."""
        if request.path_params["account"] not in ("me", self._account.account):
            raise no_such_object(request.path_params["account"])
        payload = check(json_of(await request.body()), self._rules)
        entry = self._note(payload)
        if "sender_action" in payload:
            entry.answer_status = 200
            return JSONResponse({"recipient_id": entry.recipient})
        behaviour, mode = self.behaviour, self.behaviour.takes(entry.recipient or "")
        await asyncio.sleep(behaviour.answer_after_ms / 1000)
        try:
            await _refuse(mode, behaviour, payload)
        except GraphError as error:
            entry.answer_status, entry.answer_code = error.http, error.code
            raise
        return await self._accept(entry, payload, mode, behaviour)

    async def _accept(
        self, entry: Entry, payload: Mapping[str, Any], mode: str, behaviour: MessagingBehaviour
    ) -> Response:
        recipient, mid = recipient_of(payload), new_mid(self._name)
        entry.message_id = mid
        talk = Talk(platform=self._name, account=self._account.account, customer=recipient)
        told = [("echo", echo(talk, mid, payload["message"]))] if behaviour.echo != "none" else []
        if mode == "mute" or behaviour.silent:
            posts: list[list[tuple[str, dict[str, Any]]]] = []
        elif mode == "batch":
            posts = [[*told, *reports(talk, mid)]]
        else:
            posts = [[one] for one in (*told, *reports(talk, mid))]
        if behaviour.echo == "before" and posts:
            await self._post(entry, talk, posts.pop(0), mode)
        self._webhooks.begin(self._pay(entry, talk, posts, mode, behaviour.receipts_after_ms))
        if mode == "drop":
            return CutOff()
        entry.answer_status = 200
        return JSONResponse({"recipient_id": recipient, "message_id": mid})

    async def _pay(
        self,
        entry: Entry,
        talk: Talk,
        posts: Sequence[Sequence[tuple[str, Mapping[str, Any]]]],
        mode: str,
        pause_ms: int,
    ) -> None:
        for items in posts:
            await asyncio.sleep(pause_ms / 1000)
            for _ in range(2 if mode == "duplicates" else 1):
                await self._post(entry, talk, items, mode)

    async def _post(
        self, entry: Entry, talk: Talk, items: Sequence[tuple[str, Mapping[str, Any]]], mode: str
    ) -> None:
        receipt = Receipt(status=" ".join(name for name, _ in items))
        entry.receipts.append(receipt)
        key = "standby" if mode == "standby" else "messaging"
        body = meta.encode(webhook(talk, [item for _, item in items], key))
        await self._webhooks.post_until_taken(body, receipt)

    async def me(self, request: Request) -> Response:
        """Say whose token it is."""
        if self.behaviour.refuses_token:
            raise messaging_refusal(190)
        account = self._account.account
        return JSONResponse(
            {"id": account, "user_id": account, "name": "Stand-in", "username": "stand.in"}
        )

    async def profile(self, request: Request) -> Response:
        """Tell of a customer, or refuse to."""
        person = request.path_params["person"]
        self._record.add(
            platform=self._name,
            kind="profile",
            account=self._account.account,
            recipient=person,
            text=None,
            payload=dict(request.query_params),
        )
        wish = self.behaviour.profile
        if wish == "consent":
            raise messaging_refusal(230)
        if wish == "missing":
            raise messaging_refusal(100, subcode=2018218)
        if wish == "down":
            raise messaging_refusal(2)
        return JSONResponse({"id": person, **_profile(self._name, person, str(request.base_url))})

    async def refresh(self, request: Request) -> Response:
        """Give a new token for one that is still good (Instagram's own login)."""
        query = request.query_params
        if query.get("access_token") != self._token or self.behaviour.mode == "token":
            return refusal(messaging_refusal(190))
        if query.get("grant_type") != "ig_refresh_token":
            return refusal(messaging_refusal(100))
        return JSONResponse(
            {
                "access_token": "IGAA" + secrets.token_urlsafe(48),
                "token_type": "bearer",
                "expires_in": self.behaviour.token_s,
            }
        )

    async def file(self, request: Request) -> Response:
        """A customer's file; what is named gone is gone."""
        if request.path_params["name"].startswith("gone"):
            return Response("URL signature expired", status_code=403)
        return Response(PICTURE, media_type="image/png")

    def _note(self, payload: Mapping[str, Any]) -> Entry:
        message = payload.get("message", {})
        return self._record.add(
            platform=self._name,
            kind=kind_of(payload),
            account=self._account.account,
            recipient=recipient_of(payload),
            text=message.get("text"),
            payload=payload,
        )


async def _refuse(mode: str, behaviour: MessagingBehaviour, payload: Mapping[str, Any]) -> None:
    """Raise the refusal that the mode in force asks for, if it is one."""
    if mode == "hang":
        await asyncio.sleep(behaviour.hang_ms / 1000)
        raise messaging_refusal(2)
    if mode == "error":
        error = messaging_refusal(behaviour.code or 1)
        error.http = behaviour.http
        raise error
    if mode == "window" and payload.get("tag"):
        return
    if mode in behaviour.codes:
        raise messaging_refusal(behaviour.refusal_code(), retry_after=behaviour.retry_after_s)


def _profile(name: str, person: str, base: str) -> dict[str, str]:
    picture = {"profile_pic": f"{base}{name}/cdn/{person}.png"}
    if name == "instagram":
        return {"name": f"Mira {person[-4:]}", "username": f"mira.{person[-4:]}", **picture}
    return {"first_name": "Jon", "last_name": person[-4:], **picture}
