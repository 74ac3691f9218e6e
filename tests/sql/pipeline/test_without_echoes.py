"""A batch with our own echo in it."""

from __future__ import annotations

from tests.sql.delivery.test_settle_echoes import conversation, echo  # noqa: F401 - a fixture
from tests.sql.rows import claim_sends, ingest, message, said


def test_its_neighbours_are_stored(db, conversation):  # noqa: F811
    claim_sends(db)
    assert ingest(db, message("One"), echo(), message("Two"))["messages"] == 2
    assert [text for _, text in said(db, conversation)][-2:] == ["One", "Two"]
