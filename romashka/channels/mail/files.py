"""The files of a mail: which parts they are, what they really hold, and a harmless name."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import puremagic

from romashka.channels.errors import ParseError
from romashka.channels.events import Media
from romashka.channels.mail.bodies import Body
from romashka.channels.mail.contents import content_of
from romashka.channels.mail.parts import Mail, Part, take_apart

MOST_FILES = 50
LARGEST_SUM = 25 * 1024 * 1024
LONGEST_NAME = 150
# As much as a format's marks need; puremagic may look through all it is given.
SNIFFED = 4096
PREFIX = "part:"
_SEPARATORS = re.compile(r"[/\\]+")
_UNWANTED = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
# Names that are devices where some agents work, with any ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_GENERIC = frozenset(
    ["application/octet-stream", "application/binary", "application/unknown", "binary/octet-stream",
     "application/x-unknown", "application/download", "application/force-download"]
)  # fmt: skip
_BY_NAME = {"winmail.dat": "application/ms-tnef", "smime.p7m": "application/pkcs7-mime"}
_SAME = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png",
         "audio/mp3": "audio/mpeg", "application/x-pdf": "application/pdf",
         "application/x-zip-compressed": "application/zip"}  # fmt: skip
_ENDINGS = {"message/rfc822": ".eml", "text/calendar": ".ics", "application/ms-tnef": ".dat",
            "image/jpeg": ".jpg", "text/plain": ".txt", "text/html": ".html",
            "application/pgp-signature": ".asc", "application/octet-stream": ".bin"}  # fmt: skip
# The first bytes settle these; what merely looks like them does not come as mail.
_MARKS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files that are taken, and the names and sizes of those that are too many or too much."""

    media: tuple[Media, ...] = ()
    left_out: tuple[dict[str, str | int], ...] = ()


def files_of(mail: Mail, body: Body) -> Files:
    """Every part that is not the mail's text, as media in the order of the mail."""
    media: list[Media] = []
    left_out: list[dict[str, str | int]] = []
    room = LARGEST_SUM
    for part in _file_parts(mail, body):
        one = _media(mail.raw, part)
        size = one.size or 0
        if mail.is_cut or len(media) >= MOST_FILES or size > room:
            left_out.append({"filename": one.filename or "", "size": size})
        else:
            media.append(one)
            room -= size
    return Files(media=tuple(media), left_out=tuple(left_out))


def part_bytes(raw: bytes, part_id: str) -> bytes:
    """The content of the part that `Media.id` names; raises ParseError when there is none."""
    number = part_id.removeprefix(PREFIX)
    if part_id.startswith(PREFIX) and number.isascii() and number.isdecimal() and len(number) < 5:
        mail = take_apart(raw)
        for part in mail.root.walk():
            if part.index == int(number) and not part.children:
                return content_of(mail.raw, part)
    raise ParseError("the mail has no such part")


def _file_parts(mail: Mail, body: Body) -> Iterator[Part]:
    for part in mail.root.walk():
        if part.children or part.index in body.used:
            continue
        # An empty part without a name is a mailer's slip.
        if part.filename or mail.raw[part.start : min(part.end, part.start + 200)].strip():
            yield part


def _media(raw: bytes, part: Part) -> Media:
    content = content_of(raw, part)
    found = mime_type_of(part.type, part.filename, content[:SNIFFED])
    inline = part.content_id and part.disposition != "attachment"
    return Media(
        kind=_kind(found),
        id=f"{PREFIX}{part.index}",
        mime_type=found,
        filename=safe_filename(part.filename, found),
        size=len(content),
        caption=part.content_id if inline else None,
    )


def _kind(mime_type: str) -> str:
    """The kind of media; a picture that can carry scripts is a document, to be opened knowingly."""
    main = mime_type.partition("/")[0]
    known = main in ("image", "audio", "video") and mime_type != "image/svg+xml"
    return main if known else "document"


def mime_type_of(declared: str, filename: str, head: bytes) -> str:
    """What a file is: by its bytes where the declared type is generic or the bytes deny it."""
    declared = _SAME.get(declared, declared)
    marked = next((kind for mark, kind in _MARKS if head.startswith(mark)), None)
    if marked:
        return marked
    if filename.lower() in _BY_NAME:
        return _BY_NAME[filename.lower()]
    is_generic = declared in _GENERIC
    is_denied = declared.split("/")[0] in ("image", "audio", "video") and not _could_be(head)
    if not (is_generic or is_denied):
        return declared
    sniffed = _sniffed(head, filename)
    named = mimetypes.guess_type(filename[-100:], strict=False)[0] if is_generic else None
    return sniffed or named or ("application/octet-stream" if is_denied else declared)


def _could_be(head: bytes) -> bool:
    """Whether a picture, sound or film may begin so: none of them is text or an archive."""
    is_text = head.lstrip()[:1] in (b"<", b"#", b"{") and b"<svg" not in head
    return not is_text and not head.startswith((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf"))


def _sniffed(head: bytes, filename: str) -> str | None:
    try:
        found: str = puremagic.from_string(head, mime=True, filename=filename[-100:] or None)
    except (puremagic.PureError, ValueError, OSError):
        return None
    return _SAME.get(found, found) or None


def safe_filename(name: str, mime_type: str) -> str:
    """A name without path, control, direction or device; made up by the type when none is left."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name[: 20 * LONGEST_NAME]))[-1]
    # Cf holds the marks that turn the direction of text: "exe.pdf" may be an exe written backwards.
    shown = "".join(
        c for c in last if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )
    clean = " ".join(_UNWANTED.sub(" ", shown).split()).strip(". ")
    if not clean:
        return "file" + _ending(mime_type)
    if _DEVICES.match(clean):
        clean = "_" + clean
    stem, dot, ending = clean.rpartition(".")
    if len(clean) <= LONGEST_NAME or not dot or len(ending) > 20:
        return clean[:LONGEST_NAME]
    return f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"


def _ending(mime_type: str) -> str:
    return _ENDINGS.get(mime_type) or mimetypes.guess_extension(mime_type, strict=False) or ".bin"
