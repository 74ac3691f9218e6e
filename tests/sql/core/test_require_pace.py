"""A limit on how often somebody does something."""

from __future__ import annotations

from datetime import timedelta

from tests.sql.rows import call, refused

MINUTE = timedelta(minutes=1)


def test_up_to_the_limit_everything_passes_and_then_nothing(db):
    for _ in range(3):
        call(db, "private.require_pace", "typing somebody", 3, MINUTE)
    with refused(db, "PT429"):
        call(db, "private.require_pace", "typing somebody", 3, MINUTE)


def test_everybody_has_a_count_of_their_own(db):
    call(db, "private.require_pace", "typing somebody", 1, MINUTE)
    call(db, "private.require_pace", "typing another", 1, MINUTE)


def test_a_window_ends(db):
    call(db, "private.require_pace", "typing somebody", 1, MINUTE)
    db.execute("update private.paces set started_at = now() - interval '2 minutes'")
    call(db, "private.require_pace", "typing somebody", 1, MINUTE)
