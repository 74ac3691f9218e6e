"""A process lives as long as it says so."""

from __future__ import annotations

import pytest

from tests.sql.rows import call, one, refused


def test_a_beat_keeps_its_state_and_first_day(db):
    call(db, "private.heartbeat", "worker", "w1", {"turns": 1})
    started = one(db, "select started_at from private.processes where name = 'w1'")
    call(db, "private.heartbeat", "worker", "w1", {"turns": 2})
    assert one(db, "select state from private.processes where name = 'w1'") == {"turns": 2}
    assert one(db, "select started_at from private.processes where name = 'w1'") == started


@pytest.mark.parametrize(("age", "lives"), [("1 second", True), ("4 seconds", False)])
def test_silence_is_death(db, age, lives):
    call(db, "private.heartbeat", "worker", "w1")
    db.execute("update private.processes set seen_at = now() - %s::interval", [age])
    assert call(db, "private.worker_lives", "w1") is lives


def test_a_stranger_does_not_live(db):
    assert call(db, "private.worker_lives", "nobody") is False


def test_only_known_kinds_beat(db):
    with refused(db, "23514"):
        call(db, "private.heartbeat", "toaster", "t1")
