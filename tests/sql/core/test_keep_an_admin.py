"""Somebody can always change settings and agents."""

from __future__ import annotations

import threading

import psycopg
import pytest

from tests.sql.rows import acting, add_agent, one, refused


@pytest.mark.parametrize(
    "change",
    [
        "update agents set role = 'agent' where id = %s",
        "update agents set is_active = false where id = %s",
        "delete from agents where id = %s",
        "delete from auth.users where id = %s",
    ],
)
def test_the_last_admin_stays(db, change):
    admin = add_agent(db, "admin")
    with refused(db, "PT409"):
        db.execute(change, [admin])


def test_one_of_two_admins_may_step_down(db):
    admin = add_agent(db, "admin")
    add_agent(db, "admin")
    with acting(db, admin):
        db.execute("update agents set role = 'agent' where id = %s", [admin])
    assert one(db, "select role from agents where id = %s", admin) == "agent"


def test_two_admins_cannot_remove_each_other_at_once(fresh_database):
    url = fresh_database()
    with psycopg.connect(url, autocommit=True) as connection:
        admins = [add_agent(connection, "admin") for _ in range(2)]
    codes: list[str | None] = []

    def remove(admin):
        with psycopg.connect(url) as connection:
            try:
                connection.execute("delete from agents where id = %s", [admin])
                connection.commit()
            except psycopg.Error as problem:
                codes.append(problem.sqlstate)

    threads = [threading.Thread(target=remove, args=[admin]) for admin in admins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == ["PT409"]
