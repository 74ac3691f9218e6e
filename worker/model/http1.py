"""Reads one HTTP/1.1 response out of bytes, as RFC 9112 describes it; knows no socket."""

from __future__ import annotations

import re

HEAD_LIMIT = 64 * 1024
LINE_LIMIT = 1024
CHUNK_LIMIT = 2**31
CRLF = b"\r\n"
CHUNK_HEAD = re.compile(rb"([0-9a-fA-F]{1,7})\r\n")
DIGITS = b"0123456789abcdefABCDEF"
BODILESS = frozenset({204, 304})


class BadResponse(ValueError):
    """The bytes are no HTTP/1.1 response."""


class ResponseReader:
    """Takes bytes as they come; `parts` fills with the body's, `done` once all of it was there.

    `status` is 0 until the head is complete. `may_stay` says whether the connection can serve
    another request once it is done.
    """

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.parts: list[bytes] = []
        self.done = False
        self.may_stay = True
        self._rest = b""
        # How much of the body, or of a chunk of it, is still to come; None: until the end.
        self._left: int | None = 0
        self._is_chunked = False
        self._in_trailers = False
        self._after_chunk = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; raises BadResponse."""
        self._rest = self._rest + data if self._rest else data
        while not self.status:
            if not self._read_head():
                return
        if self.done:
            self.may_stay = self.may_stay and not self._rest
        elif self._is_chunked:
            self._read_chunks()
        else:
            self._read_plain()

    def end(self) -> None:
        """The server closed the connection; raises BadResponse where something is missing."""
        if self.done:
            return
        if not self.status or self._left is not None:
            raise BadResponse("the connection ended before the response did")
        self.done = True

    def _read_head(self) -> bool:
        """Reads a head if it is there; the first one that is no mere notice (1xx) counts."""
        end = self._rest.find(b"\r\n\r\n")
        if end > HEAD_LIMIT or (end < 0 and len(self._rest) > HEAD_LIMIT):
            raise BadResponse("the head is too long")
        if end < 0:
            return False
        first, *lines = self._rest[:end].split(CRLF)
        self._rest = self._rest[end + 4 :]
        version, _, rest = first.partition(b" ")
        code = rest[:3]
        if not version.startswith(b"HTTP/1.") or len(code) != 3 or not code.isdigit():
            raise BadResponse("the first line is none of HTTP/1.1")
        if code[:1] != b"1":
            self.headers = [_header(line) for line in lines]
            self.may_stay = version == b"HTTP/1.1"
            self._begin_body(int(code))
        return True

    def _begin_body(self, status: int) -> None:
        named = {name.lower(): value for name, value in self.headers}
        length = named.get(b"content-length")
        self.may_stay &= b"close" not in named.get(b"connection", b"").lower()
        self._is_chunked = b"chunked" in named.get(b"transfer-encoding", b"").lower()
        if status in BODILESS:
            self._left, self._is_chunked = 0, False
        elif not self._is_chunked:
            self._left = None if length is None else _number(length, b"0123456789", 10)
        self.done = self._left == 0 and not self._is_chunked
        self.may_stay &= self._left is not None
        self.status = status

    def _read_plain(self) -> None:
        part, self._rest = self._rest[: self._left], b"" if self._left is None else self._rest
        if part:
            self.parts.append(part)
        if self._left is not None:
            self._rest = self._rest[len(part) :]
            self._left -= len(part)
            self.done = self._left == 0
            self.may_stay = self.may_stay and not self._rest

    def _read_chunks(self) -> None:
        data, place = self._rest, self._read_whole_chunks()
        while not self.done:
            if self._left:
                part = data[place : place + self._left]
                if part:
                    self.parts.append(part)
                place += len(part)
                self._left -= len(part)
                if self._left:
                    break
                self._after_chunk = True
            end = data.find(CRLF, place)
            if end < 0:
                if len(data) - place > LINE_LIMIT:
                    raise BadResponse("a chunk has no size")
                break
            self._read_line(data[place:end])
            place = end + 2
        self._rest = data[place:]
        self.may_stay = self.may_stay and not (self.done and self._rest)

    def _read_whole_chunks(self) -> int:
        """Reads the chunks that are there as a whole, as most come; says where they end."""
        data, place = self._rest, 0
        if self._left or self._after_chunk or self._in_trailers:
            return place
        while head := CHUNK_HEAD.match(data, place):
            begin, size = head.end(), int(head[1], 16)
            end = begin + size
            if not size or not data.startswith(CRLF, end):
                break
            self.parts.append(data[begin:end])
            place = end + 2
        return place

    def _read_line(self, line: bytes) -> None:
        """One line between chunks: the end of one, the size of the next, or a trailer."""
        if self._after_chunk:
            if line:
                raise BadResponse("a chunk is longer than it said")
            self._after_chunk = False
        elif self._in_trailers:
            self.done = not line
        else:
            self._left = _number(line.partition(b";")[0].strip(), DIGITS, 16)
            self._in_trailers = self._left == 0


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, colon, value = line.partition(b":")
    if not colon or not name or name != name.strip():
        raise BadResponse("a header is malformed")
    return name, value.strip()


def _number(text: bytes, digits: bytes, base: int) -> int:
    if not text or text.strip(digits) or len(text) > 16:
        raise BadResponse("a length is no number")
    value = int(text, base)
    if value > CHUNK_LIMIT:
        raise BadResponse("a length is too large")
    return value
