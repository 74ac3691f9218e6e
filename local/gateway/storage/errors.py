"""The storage server's refusals, by name."""

from __future__ import annotations

import psycopg

from local.gateway.callers import Caller
from local.gateway.errors import ApiError, StorageError


def no_bucket() -> StorageError:
    """There is no such bucket, or the caller may not know of it."""
    return StorageError(404, "Bucket not found", "Bucket not found")


def no_object() -> StorageError:
    """There is no such object, or the caller may not see it."""
    return StorageError(404, "not_found", "Object not found")


def duplicate() -> StorageError:
    """The name is taken."""
    return StorageError(409, "Duplicate", "The resource already exists")


def denied(message: str) -> StorageError:
    """A policy or a bad token says no."""
    return StorageError(403, "Unauthorized", message)


def too_large() -> StorageError:
    """More bytes than the bucket or the server takes."""
    return StorageError(413, "Payload too large", "The object exceeded the maximum allowed size")


def bad_type(kind: str) -> StorageError:
    """A content type the bucket does not take."""
    return StorageError(415, "invalid_mime_type", f"mime type {kind} is not supported")


def invalid(error: str, message: str) -> StorageError:
    """A request that cannot be understood."""
    return StorageError(400, error, message)


def storage_error(error: psycopg.Error, _: Caller) -> ApiError:
    """A failure of the database as storage clients read it."""
    message = error.diag.message_primary or "the database gave no message"
    match error.sqlstate:
        case "42501":
            return denied(message)
        case "23505":
            return duplicate()
        case "23503":
            return StorageError(404, "InvalidRequest", "The related resource does not exist")
        case "57014":
            return StorageError(
                544, "DatabaseTimeout", "The connection to the database timed out", status=544
            )
        case None:
            return StorageError(503, "DatabaseError", "the database is away", status=503)
        case _:
            return StorageError(500, "DatabaseError", message, status=500)
