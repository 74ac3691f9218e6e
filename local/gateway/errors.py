"""How failures are told to clients: one small tree of errors and the database's own."""

from __future__ import annotations

import json
from collections.abc import Mapping

import psycopg
from psycopg_pool import PoolTimeout
from starlette.responses import Response


class ApiError(Exception):
    """A request was refused; `body` is what the client reads."""

    def __init__(
        self, status: int, body: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer a client gets; what came from a request may hold lone surrogates."""
        text = json.dumps(self.body, ensure_ascii=False).encode("utf-8", "replace")
        return Response(text, self.status, self.headers, "application/json; charset=utf-8")


class RestError(ApiError):
    """A REST request was refused, in PostgREST's shape."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        details: object = None,
        hint: str | None = None,
    ) -> None:
        body = {"code": code, "message": message, "details": details, "hint": hint}
        headers = {"Proxy-Status": f"PostgREST; error={code}"}
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        super().__init__(status, body, headers)


class AuthError(ApiError):
    """An auth request was refused, in the auth server's shape."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(status, {"code": status, "error_code": error_code, "msg": message})
        self.error_code = error_code


# The storage server's old name of an error (read by the Python client) and its new one (by JS).
STORAGE_CODES = {
    "Bucket not found": "NoSuchBucket",
    "not_found": "NoSuchKey",
    "Duplicate": "ResourceAlreadyExists",
    "Unauthorized": "AccessDenied",
    "Payload too large": "EntityTooLarge",
    "invalid_mime_type": "InvalidMimeType",
    "Invalid Input": "InvalidBucketName",
    "Error": "InvalidRequest",
    "internal": "InternalError",
}


class StorageError(ApiError):
    """A storage request was refused, in the storage server's shape.

    `told` is the status inside the body; the one on the wire is 400 unless `status` says else,
    because that is what the storage server does for most of its errors.
    """

    def __init__(self, told: int, error: str, message: str, *, status: int = 400) -> None:
        code = STORAGE_CODES.get(error, error)
        body = {"statusCode": str(told), "error": error, "message": message, "code": code}
        super().__init__(status, body)


# Exact codes first, then classes by their first two characters; the rest is the client's fault.
STATUS_BY_SQLSTATE = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "53400": 500,
    "57P01": 503,
    "P0001": 400,
}
STATUS_BY_CLASS = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "25": 500,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 500,
    "53": 503,
    "54": 500,
    "55": 500,
    "57": 500,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0": 500,
    "XX": 500,
}


def http_status(sqlstate: str, message: str, *, authenticated: bool) -> int:
    """The HTTP status PostgREST gives to an error of the database."""
    if sqlstate == "42501":
        return 403 if authenticated else 401
    if sqlstate.startswith("PT"):
        return _status_in_sqlstate(sqlstate)
    if sqlstate == "21000":
        return 400 if message.endswith("requires a WHERE clause") else 500
    if sqlstate == "22023":
        missing_role = message.startswith("role") and message.endswith("does not exist")
        return 401 if missing_role else 400
    return STATUS_BY_SQLSTATE.get(sqlstate) or STATUS_BY_CLASS.get(sqlstate[:2], 400)


def _status_in_sqlstate(sqlstate: str) -> int:
    digits = sqlstate[2:]
    status = int(digits) if digits.isascii() and digits.isdigit() else 500
    return status if 100 <= status <= 599 else 500


def from_database(error: psycopg.Error, *, authenticated: bool) -> RestError:
    """An error of the database as REST clients read it."""
    if error.sqlstate is None:
        return from_connection(error)
    message = error.diag.message_primary or "the database gave no message"
    status = http_status(error.sqlstate, message, authenticated=authenticated)
    diag = error.diag
    return RestError(status, error.sqlstate, message, diag.message_detail, diag.message_hint)


def from_connection(error: BaseException) -> RestError:
    """An error without an SQLSTATE: no connection, a broken one, or a value it cannot carry."""
    if isinstance(error, PoolTimeout):
        return RestError(503, "PGRST000", "Database connection error.")
    if isinstance(error, psycopg.DataError | psycopg.ProgrammingError):
        return RestError(400, "22021", "a value holds characters the database cannot store")
    return RestError(503, "PGRST001", "Database client error. Retrying the connection.")
