"""Whether an echo shows all of a delivery."""

from __future__ import annotations

import json

import pytest

from tests.sql.rows import claim_sends, one, write_in

PICTURE = {"kind": "image", "url": "https://x.example/a"}


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
    conversation = write_in(db)
    db.execute(
        "insert into messages (conversation_id, sender_type, content, metadata)"
        " values (%s, 'system', %s, %s)",
        [conversation, content, json.dumps({"media": media} if media else {})],
    )
    [send] = claim_sends(db)
    found = one(
        db,
        "select private.is_whole(%s, %s)",
        send["delivery_id"],
        json.dumps({"content": echoed}),
    )
    assert found is whole
