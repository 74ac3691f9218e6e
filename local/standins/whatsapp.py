"""The WhatsApp stand-in: takes messages as the Cloud API does and sends receipts back.

Addresses are those of the platform behind the prefix `/whatsapp`: `/v25.0/<number id>/messages` and
the media endpoints. It checks the token and the payload and refuses with Meta's own envelopes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.standins import meta
from local.standins.behaviour import Behaviour
from local.standins.cut_off import CutOff
from local.standins.graph_answers import Handler, guarded, json_of
from local.standins.graph_errors import GraphError, graph_error, no_such_object
from local.standins.graph_payload import check, is_read_mark, recipient_of, text_of
from local.standins.graph_templates import check_against
from local.standins.receipts import Accepted, ReceiptSender
from local.standins.record import Entry, Record
from local.standins.whatsapp_files import Files
from romashka.channels.accounts import Account


class WhatsApp:
    """One stand-in platform: its account, how it behaves now, and what it owes."""

    def __init__(self, account: Account, record: Record, webhook_url: str) -> None:
        self.behaviour = Behaviour()
        self._account = account
        self._record = record
        self._receipts = ReceiptSender(webhook_url, account.secret("app_secret"))
        self._files = Files()

    def behave(self, wish: Mapping[str, Any]) -> None:
        """Behave as wished from now on; raises BadControl."""
        self.behaviour = Behaviour.from_json(wish)

    async def start(self) -> None:
        """Nothing runs beside the routes until receipts are owed."""

    async def forget(self) -> None:
        """Owe no receipts any more."""
        await self._receipts.forget()

    async def close(self) -> None:
        """Owe nothing and close the connections."""
        await self._receipts.close()

    def routes(self) -> list[Route]:
        """The Graph API's addresses, relative to `/whatsapp`."""
        token = self._account.secret("access_token")

        def wrap(handler: Handler) -> Handler:
            return guarded(handler, token)

        return [
            Route("/media/{media}", wrap(self.download), methods=["GET"]),
            Route("/{version}/{account}/messages", wrap(self.message), methods=["POST"]),
            Route("/{version}/{account}/media", wrap(self.upload), methods=["POST"]),
            Route(f"/{{version}}/{self._account.account}", wrap(self.number), methods=["GET"]),
            Route("/{version}/{business}/message_templates", wrap(self.templates), methods=["GET"]),
            Route("/{version}/{media}", wrap(self.describe), methods=["GET"]),
        ]

    async def message(self, request: Request) -> Response:
        """Take a message, or a read mark; refuse it, or be slow, as the behaviour in force says."""
        self._check_account(request)
        payload = check(json_of(await request.body()))
        if payload.get("type") == "template" and self.behaviour.templates is not None:
            check_against(self.behaviour.templates, payload["template"])
        entry = self._note(request, payload)
        if is_read_mark(payload):
            return self._answer(entry, {"success": True})
        behaviour, mode = self.behaviour, self.behaviour.takes(entry.recipient or "")
        await asyncio.sleep(behaviour.answer_after_ms / 1000)
        try:
            if mode == "hang":
                await asyncio.sleep(behaviour.hang_ms / 1000)
                raise graph_error(131000)
            _refuse(mode, behaviour)
        except GraphError as error:
            entry.answer_status, entry.answer_code = error.http, error.code
            raise
        return await self._accept(entry, payload, mode, behaviour)

    async def _accept(
        self, entry: Entry, payload: Mapping[str, Any], mode: str, behaviour: Behaviour
    ) -> Response:
        customer = _customer(payload)
        entry.message_id = meta.new_wamid(recipient_of(payload))
        accepted = Accepted(
            entry=entry,
            account=entry.account,
            customer=customer,
            wamid=entry.message_id,
            tracker=payload.get("biz_opaque_callback_data"),
            mode=mode,
        )
        self._receipts.owe(accepted, behaviour)
        if mode == "drop":
            return CutOff()
        return self._answer(entry, _acceptance(payload, customer, entry.message_id))

    async def upload(self, request: Request) -> Response:
        """Take a file; the answer is its id."""
        self._check_account(request)
        return await self._files.take(request)

    async def number(self, _: Request) -> Response:
        """Say what the number is known as, to whoever holds its token."""
        if self.behaviour.refuses_token:
            raise graph_error(190)
        found = {"id": self._account.account, "verified_name": "The stand-in's shop"}
        return _json_response(found)

    async def templates(self, request: Request) -> Response:
        """A page of the business account's templates; the next one begins after its cursor."""
        if request.path_params["business"] != self._account.options.get("business_account_id"):
            raise no_such_object(request.path_params["business"])
        found, query = self.behaviour.templates or [], request.query_params
        start, size = int(query.get("after", "0")), int(query.get("limit", "25"))
        page = found[start : start + size]
        paging: dict[str, Any] = {
            "cursors": {"before": str(start), "after": str(start + len(page))}
        }
        if start + size < len(found):
            paging |= {"next": str(request.url.include_query_params(after=start + size))}
        return _json_response({"data": page, "paging": paging})

    async def describe(self, request: Request) -> Response:
        """Say where a file can be fetched, what it is and what its sum must be."""
        return self._files.describe(request, self.behaviour.media)

    async def download(self, request: Request) -> Response:
        """Give the bytes of a file."""
        return self._files.give(request, self.behaviour.media)

    def _check_account(self, request: Request) -> None:
        if request.path_params["account"] != self._account.account:
            raise no_such_object(request.path_params["account"])

    def _note(self, request: Request, payload: Mapping[str, Any]) -> Entry:
        read_mark = is_read_mark(payload)
        return self._record.add(
            platform="whatsapp",
            kind=_mark(payload) if read_mark else str(payload.get("type", "text")),
            account=request.path_params["account"],
            recipient=None if read_mark else recipient_of(payload),
            text=None if read_mark else text_of(payload),
            payload=payload,
        )

    def _answer(self, entry: Entry, body: Mapping[str, Any]) -> Response:
        entry.answer_status = 200
        return _json_response(body)


def _refuse(mode: str, behaviour: Behaviour) -> None:
    """Raise the refusal that the mode in force asks for, if it is one."""
    if mode == "error":
        error = graph_error(behaviour.code or 131000)
        error.http = behaviour.http
        raise error
    if mode in ("throttle", "pair", "spam", "window", "token"):
        raise graph_error(behaviour.refusal_code(), retry_after=behaviour.retry_after_s)


def _mark(payload: Mapping[str, Any]) -> str:
    return "typing" if "typing_indicator" in payload else "read"


def _customer(payload: Mapping[str, Any]) -> meta.Customer:
    address = recipient_of(payload)
    return (
        meta.Customer(user_id=address) if "recipient" in payload else meta.Customer(phone=address)
    )


def _acceptance(
    payload: Mapping[str, Any], customer: meta.Customer, wamid: str
) -> Mapping[str, Any]:
    contact = {"input": payload.get("recipient") or payload["to"], "user_id": customer.scoped_id}
    if customer.phone:
        contact["wa_id"] = customer.phone
    return {
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": wamid, "message_status": "accepted"}],
    }


def _json_response(body: Mapping[str, Any]) -> Response:
    return JSONResponse(body)
