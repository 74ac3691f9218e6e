"""Making somebody an agent can be repeated."""

from __future__ import annotations

from tests.sql.rows import add_user, call, rows


def test_the_second_time_updates_and_lets_them_in_again(db):
    user = add_user(db)
    call(db, "private.ensure_agent", user, "Ada@Example.com", "Ada")
    db.execute("update agents set is_active = false where id = %s", [user])
    assert call(db, "private.ensure_agent", user, "ada@example.com", "Ada L.", "admin") == user
    found = rows(db, "select email, name, role, is_active from agents where id = %s", user)
    assert found == [("ada@example.com", "Ada L.", "admin", True)]


def test_a_change_stamps_the_row(db):
    user = add_user(db)
    call(db, "private.ensure_agent", user, "ada@example.com", "Ada")
    db.execute("update agents set name = 'Lin' where id = %s", [user])
    assert rows(db, "select updated_at > created_at from agents where id = %s", user) == [True]
