"""Giving files out: headers, ranges, and what is told about an object without its bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from local.gateway.storage.errors import no_object
from local.gateway.storage.files import Files
from local.gateway.storage.rows import Stored

# Pages must not run on the project's own address, so HTML is given out as text, as hosted does.
UNSAFE = ("text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml")


def file_response(
    request: Request, files: Files, stored: Stored, expires: int | None = None
) -> Response:
    """The bytes of an object, streamed; honours Range, If-None-Match and `?download`."""
    headers = _headers(stored)
    if expires is not None:
        headers["Expires"] = format_datetime(datetime.fromtimestamp(expires, UTC), usegmt=True)
        del headers["Cache-Control"]
    download = request.query_params.get("download")
    if download is not None:
        headers["Content-Disposition"] = _disposition(download)
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(None, 304, headers)
    place = files.place(stored.version)
    if not place.is_file():
        raise no_object()
    return FileResponse(place, headers=headers, media_type=None)


def _headers(stored: Stored) -> dict[str, str]:
    metadata = stored.metadata
    kind = str(metadata.get("mimetype") or "application/octet-stream")
    if kind.split(";")[0].strip().lower() in UNSAFE:
        kind = "text/plain; charset=utf-8"
    return {
        "Content-Type": kind
        if kind.isascii() and kind.isprintable()
        else "application/octet-stream",
        "Cache-Control": str(metadata.get("cacheControl") or "no-cache"),
        "ETag": str(metadata.get("eTag") or f'"{stored.version}"'),
        "Last-Modified": format_datetime(stored.updated_at.astimezone(UTC), usegmt=True),
        "X-Robots-Tag": "none",
        "X-Content-Type-Options": "nosniff",
    }


def _disposition(name: str) -> str:
    if not name:
        return "attachment;"
    encoded = quote(name, safe="!~*'()")
    return f"attachment; filename={encoded}; filename*=UTF-8''{encoded}"


def info(stored: Stored) -> dict[str, Any]:
    """What GET /object/info tells."""
    metadata = stored.metadata
    return {
        "id": stored.id,
        "name": stored.name,
        "version": stored.version,
        "bucket_id": stored.bucket_id,
        "size": metadata.get("size"),
        "content_type": metadata.get("mimetype"),
        "cache_control": metadata.get("cacheControl"),
        "etag": metadata.get("eTag"),
        "metadata": stored.user_metadata,
        "last_modified": stored.updated_at.isoformat(),
        "created_at": stored.created_at.isoformat(),
    }
