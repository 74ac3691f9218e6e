"""What a file is: by its bytes, never by its name."""

from __future__ import annotations

import pytest

from worker.file_types import Unwanted, safe_name, type_of

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(40)
OGG = b"OggS\x00\x02" + bytes(22) + b"\x01\x13OpusHead\x01" + bytes(40)
ZIP = b"PK\x03\x04" + bytes(60)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("content", "declared", "kind", "found"),
    [
        (PNG, "image/png", "image", "image/png"),
        (PNG, "image/jpeg", "image", "image/png"),
        (PNG, None, "document", "image/png"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(40), "image/webp", "sticker", "image/webp"),
        (OGG, "audio/ogg; codecs=opus", "audio", "audio/ogg"),
        (b"#!AMR\n" + bytes(20), "audio/amr", "audio", "audio/amr"),
        (MP4, "audio/mp4", "audio", "video/mp4"),
        (MP4, "video/mp4", "video", "video/mp4"),
        (b"%PDF-1.4\n%\xe2\xe3\n1 0 obj", "application/pdf", "document", "application/pdf"),
        (ZIP, DOCX, "document", DOCX),
        (ZIP, "application/x-msdownload", "document", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "application/vnd.ms-excel", "document",
         "application/vnd.ms-excel"),
        ("Grüße".encode(), "text/plain", "document", "text/plain"),
        (b"a;b\n1;2\n", "text/csv", "document", "text/csv"),
        (b"just words", "application/octet-stream", "document", "text/plain"),
    ],
)  # fmt: skip
def test_type_by_bytes(content: bytes, declared: str | None, kind: str, found: str) -> None:
    assert type_of(content, declared, kind) == found


@pytest.mark.parametrize(
    ("content", "declared", "kind"),
    [
        (b"MZ\x90\x00" + bytes(100), "application/pdf", "document"),
        (b"<!DOCTYPE html><html><script>", "text/plain", "document"),
        (b'<?xml version="1.0"?><svg onload="x">', "image/png", "image"),
        (b"  <svg xmlns='x'>", "image/svg+xml", "image"),
        (b"#!/bin/sh\x00\xff", "text/plain", "document"),
        (PNG, "audio/ogg", "audio"),
        (b"%PDF-1.4\n%\xe2\xe3\n1 0 obj", "image/png", "image"),
        (b"", "text/plain", "document"),
    ],
)
def test_what_is_not_kept(content: bytes, declared: str, kind: str) -> None:
    with pytest.raises(Unwanted):
        type_of(content, declared, kind)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("holiday.jpeg", "holiday.png"),
        (None, "file.png"),
        ("../../etc/passwd", "passwd.png"),
        ("Müller & Söhne.pdf.exe", "Muller-Sohne.pdf.png"),
        ("фото.png", "file.png"),
        ("a" * 300, "a" * 80 + ".png"),
        (".hidden", "hidden.png"),
        ("a\x00b\nc", "a-b-c.png"),
    ],
)
def test_name_that_every_store_takes(name: str | None, safe: str) -> None:
    assert safe_name(name, "image/png") == safe
