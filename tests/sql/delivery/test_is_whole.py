"""Whether an echo shows all of a delivery."""

from __future__ import annotations

import json

import pytest

from tests.sql.rows import claim_sends, one, write_in

PICTURE = {"kind": "image", "url": "https://x.example/a"}
VOICE = {"kind": "voice", "url": "https://x.example/b"}


@pytest.mark.parametrize(
    ("content", "media", "echoed", "whole"),
    [
        ("Three days.", [], "Three days. ", True),
        ("Three days.", [], "Three", False),
        ("Three days.", [PICTURE], "Three days.", False),
        ("", [PICTURE], "", True),
        ("", [PICTURE, PICTURE], "", False),
    ],
)
def test_one_part_of_several_is_not_the_whole(db, content, media, echoed, whole):
    send = sent(db, content, media)
    assert shows_all(db, send, {"content": echoed}) is whole


@pytest.mark.parametrize(
    ("media", "whole"), [([PICTURE], True), ([PICTURE, PICTURE], False), ([VOICE], False)]
)
def test_a_file_with_its_caption_is_the_whole(db, media, whole):
    send = sent(db, "Three days.", media)
    assert shows_all(db, send, {"content": "Three days.", "media": [PICTURE]}) is whole


def sent(db, content, media):
    db.execute(
        "insert into messages (conversation_id, sender_type, content, metadata)"
        " values (%s, 'system', %s, %s)",
        [write_in(db), content, json.dumps({"media": media} if media else {})],
    )
    [send] = claim_sends(db)
    return send


def shows_all(db, send, echo):
    return one(db, "select private.is_whole(%s, %s)", send["delivery_id"], json.dumps(echo))
