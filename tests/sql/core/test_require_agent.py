"""Who somebody is follows from their token and the table of agents, at this moment."""

from __future__ import annotations

import pytest

from tests.sql.rows import acting, add_agent, add_user, call, refused


def test_roles(db):
    admin, agent, visitor = add_agent(db, "admin"), add_agent(db), add_user(db)
    assert call(db, "private.actor_role") == "service"
    for user, role in [(admin, "admin"), (agent, "agent"), (visitor, "visitor")]:
        with acting(db, user):
            assert call(db, "private.actor_role") == role


def test_a_removed_agent_is_a_visitor_at_once(db):
    agent = add_agent(db)
    db.execute("update agents set is_active = false where id = %s", [agent])
    with acting(db, agent), refused(db, "PT403"):
        call(db, "private.require_agent")


@pytest.mark.parametrize("role", ["agent", None])
def test_only_admins_pass_where_admins_are_asked_for(db, role):
    user = add_agent(db, role) if role else add_user(db)
    with acting(db, user), refused(db, "PT403"):
        call(db, "private.require_admin")


def test_admins_and_our_own_processes_pass(db):
    admin = add_agent(db, "admin")
    call(db, "private.require_admin")
    with acting(db, admin):
        call(db, "private.require_admin")
        call(db, "private.require_agent")


def test_an_api_role_without_claims_is_no_service(db):
    db.execute("set local role authenticated")
    assert call(db, "private.actor_role") == "visitor"
    with refused(db, "PT403"):
        call(db, "private.require_agent")
