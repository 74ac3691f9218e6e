"""Receiving files: what came, whether the bucket takes it, and storing it in one go."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from local.gateway.callers import Caller
from local.gateway.session import Pool, as_caller, visit
from local.gateway.storage.errors import (
    bad_type,
    duplicate,
    invalid,
    storage_error,
    too_large,
)
from local.gateway.storage.files import Files, Written
from local.gateway.storage.rows import (
    Bucket,
    NewObject,
    find_bucket,
    find_object,
    look_for_object,
    store_object,
    take_turn,
)

SERVICE = Caller(role="service_role", claims={"role": "service_role"})
FORM_OVERHEAD = 1024 * 1024
READ_AT_ONCE = 256 * 1024
CUSTOM_METADATA_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A file on its way in."""

    chunks: AsyncIterator[bytes] = field(repr=False)
    mimetype: str
    cache_control: str
    user_metadata: dict[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an upload goes, on whose behalf, and whether it may replace what is there."""

    bucket_id: str
    name: str
    owner: str | None
    replaces: bool


class Uploads:
    """Takes uploads; memory stays at a few hundred kilobytes each, whatever their size."""

    def __init__(self, pool: Pool, files: Files, limit: int) -> None:
        self.pool = pool
        self.files = files
        self.limit = limit

    async def take(self, request: Request, caller: Caller, target: Target) -> dict[str, str]:
        """Store the body of a request; gives what clients read: Id and Key."""
        async with as_caller(
            self.pool, SERVICE, visit(request), explain=storage_error
        ) as connection:
            bucket = await find_bucket(connection, target.bucket_id)
        limit = self._limit(bucket, request)
        async with AsyncExitStack() as stack:
            incoming = await _incoming(request, limit, stack)
            _check_type(bucket, incoming.mimetype)
            await self._check_permission(request, caller, target, incoming)
            written = await self.files.receive(incoming.chunks, limit)
            try:
                stored_id = await self._commit(request, target, incoming, written)
            finally:
                written.path.unlink(missing_ok=True)
        return {"Id": stored_id, "Key": f"{target.bucket_id}/{target.name}"}

    def _limit(self, bucket: Bucket, request: Request) -> int:
        limit = min(self.limit, bucket.file_size_limit or self.limit)
        declared = _declared_length(request)
        room = FORM_OVERHEAD if _is_form(request) else 0
        if declared is not None and declared > limit + room:
            raise too_large()
        return limit

    async def _check_permission(
        self, request: Request, caller: Caller, target: Target, incoming: Incoming
    ) -> None:
        """Try the row as the caller and take it back, before any byte is read."""
        announced = announced_metadata(request, incoming.mimetype)
        trial = _new_object(target, announced, incoming, str(uuid.uuid4()))
        seen = visit(request)
        async with as_caller(
            self.pool, caller, seen, commits=False, explain=storage_error
        ) as connection:
            await store_object(connection, trial, replaces=target.replaces)

    async def _commit(
        self, request: Request, target: Target, incoming: Incoming, written: Written
    ) -> str:
        version = str(uuid.uuid4())
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        metadata = {
            "eTag": written.etag,
            "size": written.size,
            "mimetype": incoming.mimetype,
            "cacheControl": incoming.cache_control,
            "lastModified": now,
            "contentLength": written.size,
            "httpStatusCode": 200,
        }
        seen = visit(request)
        try:
            async with as_caller(self.pool, SERVICE, seen, explain=storage_error) as connection:
                await take_turn(connection, target.bucket_id, target.name)
                old = await look_for_object(connection, target.bucket_id, target.name, lock=True)
                if old is not None and not target.replaces:
                    raise duplicate()
                new = _new_object(target, metadata, incoming, version)
                await store_object(connection, new, replaces=target.replaces)
                stored = await find_object(connection, target.bucket_id, target.name)
                self.files.keep(written, version)
        except BaseException:
            self.files.drop(version)
            raise
        self.files.drop(old.version if old is not None else None)
        return stored.id


def announced_metadata(request: Request, mimetype: str | None) -> dict[str, Any]:
    """What a policy may read of a file before a byte of it is taken, as far as it is known."""
    known = {"mimetype": mimetype, "contentLength": _declared_length(request)}
    return {name: value for name, value in known.items() if value is not None}


def _declared_length(request: Request) -> int | None:
    """The length of the body as the request gives it: of a form, that of all of its parts."""
    declared = request.headers.get("content-length", "")
    return int(declared[:18]) if declared.isascii() and declared.isdigit() else None


def _new_object(
    target: Target, metadata: dict[str, Any], incoming: Incoming, version: str
) -> NewObject:
    return NewObject(
        bucket_id=target.bucket_id,
        name=target.name,
        owner=target.owner,
        version=version,
        metadata=metadata,
        user_metadata=incoming.user_metadata,
    )


def _check_type(bucket: Bucket, mimetype: str) -> None:
    if not bucket.allowed_mime_types:
        return
    kind = mimetype.split(";")[0].strip().lower()
    family = kind.split("/")[0] + "/*"
    if not any(allowed.lower() in (kind, family, "*/*") for allowed in bucket.allowed_mime_types):
        raise bad_type(mimetype)


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def _incoming(request: Request, limit: int, stack: AsyncExitStack) -> Incoming:
    if not _is_form(request):
        return Incoming(
            chunks=request.stream(),
            mimetype=request.headers.get("content-type") or "application/octet-stream",
            cache_control=request.headers.get("cache-control") or "no-cache",
            user_metadata=_header_metadata(request.headers.get("x-metadata")),
        )
    form = await _form(request, limit)
    stack.push_async_callback(form.close)
    upload = next((value for _, value in form.multi_items() if isinstance(value, UploadFile)), None)
    if upload is None:
        raise invalid("InvalidRequest", "No content provided")
    seconds = form.get("cacheControl")
    return Incoming(
        chunks=_chunks(upload),
        mimetype=str(form.get("contentType") or upload.content_type or "application/octet-stream"),
        cache_control=f"max-age={seconds}" if isinstance(seconds, str) and seconds else "no-cache",
        user_metadata=_json_object(form.get("metadata") or form.get("userMetadata")),
    )


async def _form(request: Request, limit: int) -> FormData:
    """The parts of a form; the file's go to a temporary file, capped on their way."""

    async def capped() -> AsyncIterator[bytes]:
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit + FORM_OVERHEAD:
                raise too_large()
            yield chunk

    try:
        parser = MultiPartParser(
            request.headers,
            capped(),  # type: ignore[arg-type]  # it asks for a generator, and only iterates
            max_files=1,
            max_fields=10,
            max_part_size=CUSTOM_METADATA_LIMIT,
        )
        return await parser.parse()
    except (MultiPartException, KeyError, ClientDisconnect):
        raise invalid("InvalidRequest", "No content provided") from None


async def _chunks(upload: UploadFile) -> AsyncIterator[bytes]:
    while chunk := await upload.read(READ_AT_ONCE):
        yield chunk


def _header_metadata(text: str | None) -> dict[str, Any] | None:
    """The custom metadata of a raw upload: base64 of a JSON object; anything else is ignored."""
    try:
        return _json_object(base64.b64decode(text or "").decode())
    except ValueError:
        return None


def _json_object(text: object) -> dict[str, Any] | None:
    try:
        parsed = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None
