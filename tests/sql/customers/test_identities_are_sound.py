"""A name is usable or it is not; nothing in between reaches the tables."""

from __future__ import annotations

import json

import pytest

from tests.sql.rows import one


@pytest.mark.parametrize(
    ("identities", "sound"),
    [
        ([{"kind": "phone", "value": "49"}], True),
        ([{"kind": "phone", "value": "49"}, {"kind": "bsuid", "value": "x"}], True),
        ([{"kind": "phone", "value": "49"}, {"kind": "pigeon", "value": "x"}], False),
        ([{"kind": "phone", "value": ""}], False),
        ([{"kind": "phone", "value": "4" * 513}], False),
        ([{"kind": "phone"}], False),
        ([{"kind": "phone", "value": "49"}, "x"], False),
        ([None], False),
        ([], False),
        ({}, False),
        (None, False),
    ],
)
def test_soundness(db, identities, sound):
    given = json.dumps(identities)
    assert one(db, "select private.identities_are_sound(%s::jsonb)", given) is sound
