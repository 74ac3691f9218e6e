"""HMAC-SHA256 and base64url, by the vectors of their documents."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import pytest

from tests.sql.rows import call

# RFC 4231, 4.2 to 4.8; the fifth is truncated there.
VECTORS = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data."
        b" The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]


@pytest.mark.parametrize(("key", "text", "digest"), VECTORS)
def test_the_vectors_of_rfc_4231(db, key, text, digest):
    assert call(db, "private.hmac_sha256", key, text).hex().startswith(digest)


def test_any_length_of_key_and_message(db):
    for length in (0, 1, 63, 64, 65, 200):
        key, text = secrets.token_bytes(length), secrets.token_bytes(length * 3)
        expected = hmac.new(key, text, hashlib.sha256).digest()
        assert call(db, "private.hmac_sha256", key, text) == expected


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", b""),
        ("Zg", b"f"),
        ("Zm8", b"fo"),
        ("Zm9vYmFy", b"foobar"),
        ("-_-_", b"\xfb\xff\xbf"),
        ("A", None),
        ("Zg==", None),
        ("+/+/", None),
        ("Zm 8", None),
        (None, None),
    ],
)
def test_base64url_is_read_strictly(db, text, data):
    assert call(db, "private.base64url_decode", text) == data
