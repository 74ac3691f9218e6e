"""Who changed what is written down, without contents and for good."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, add_user, refused, rows


def lines_about(db, subject, subject_id):
    return rows(
        db,
        "select actor_id, actor_role, action, details -> 'columns' from audit_log"
        " where subject = %s and subject_id = %s order by id",
        subject,
        str(subject_id),
    )


def test_a_change_names_its_author_and_the_columns(db):
    admin, agent = add_agent(db, "admin"), add_agent(db)
    with acting(db, admin):
        db.execute("update agents set name = 'Lin' where id = %s", [agent])
    assert lines_about(db, "agents", agent)[-1] == (
        admin,
        "admin",
        "update",
        ["name", "updated_at"],
    )


def test_new_and_removed_rows_are_logged(db):
    admin, user = add_agent(db, "admin"), add_user(db)
    with acting(db, admin):
        db.execute("insert into agents (id, email, name) values (%s, 'a@b.c', 'Lin')", [user])
        db.execute("delete from agents where id = %s", [user])
    assert [action for _, _, action, _ in lines_about(db, "agents", user)] == ["insert", "delete"]


def test_our_own_processes_sign_as_service(db):
    agent = add_agent(db)
    assert lines_about(db, "agents", agent)[0][:2] == (None, "service")


@pytest.mark.parametrize(
    "change",
    ["update audit_log set action = 'x'", "delete from audit_log", "truncate audit_log"],
)
def test_nobody_changes_the_log_not_even_its_owner(db, change):
    add_agent(db)
    with refused(db, "PT403"):
        db.execute(change)
