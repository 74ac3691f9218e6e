"""The files that the WhatsApp stand-in holds: put up by us, or by customers before they write."""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from local.standins.graph_errors import graph_error, no_such_object

MAX_BYTES = 100 * 1024 * 1024
ADDRESS_WORKS_S = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file uploaded to the stand-in, kept in memory."""

    content: bytes
    mime_type: str
    filename: str


class Files:
    """Files by their ids; `mode` is what the behaviour in force says of media."""

    def __init__(self) -> None:
        self._media: dict[str, Media] = {}

    async def take(self, request: Request) -> Response:
        """Keep the file of a form; the answer is its id."""
        async with request.form(max_part_size=MAX_BYTES) as form:
            file = form.get("file")
            if file is None or isinstance(file, str):
                raise graph_error(100, "Param file is required")
            if form.get("messaging_product") != "whatsapp":
                raise graph_error(100, "Param messaging_product must be one of {WHATSAPP}")
            content, name = await file.read(), file.filename or "file"
            kind = str(form.get("type") or file.content_type or "application/octet-stream")
        media = str(secrets.randbelow(10**15))
        self._media[media] = Media(content=content, mime_type=kind, filename=name)
        return JSONResponse({"id": media})

    def find(self, media: str) -> Media:
        """The file with an id; raises GraphError."""
        if media not in self._media:
            raise no_such_object(media)
        return self._media[media]

    def describe(self, request: Request, mode: str) -> Response:
        """Say where a file can be read for five minutes, what it is and what its sum must be."""
        if mode == "token":
            raise graph_error(190)
        media = request.path_params["media"]
        file = self.find(media)
        until = time.time() + (0 if mode == "expired" else ADDRESS_WORKS_S)
        address = request.url.replace(path=f"/whatsapp/media/{media}", query=f"until={until:.3f}")
        return JSONResponse(
            {
                "messaging_product": "whatsapp",
                "id": media,
                "url": str(address),
                "mime_type": file.mime_type,
                "sha256": hashlib.sha256(file.content).hexdigest(),
                "file_size": len(file.content) + (mode == "wrong_size"),
            }
        )

    def give(self, request: Request, mode: str) -> Response:
        """The bytes of a file, while its address works."""
        file = self.find(request.path_params["media"])
        if float(request.query_params.get("until", "0")) <= time.time():
            return Response(status_code=404)
        if mode == "unavailable":
            return Response(status_code=503)
        spoilt = bytes([file.content[0] ^ 1]) if mode == "wrong_sum" else file.content[:1]
        return Response(spoilt + file.content[1:], media_type=file.mime_type)
