"""The link that an agent gives a customer to rate a conversation."""

from __future__ import annotations

import uuid

from tests.sql.rows import acting, add_agent, add_user, call, refused, write_in


def test_an_agent_gets_a_link_that_a_customer_can_rate_by(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        token = call(db, "create_rating_link", conversation)
    with acting(db, None, "anon"):
        assert call(db, "record_csat", token, 4)["rating"] == 4


def test_a_visitor_gets_no_link(db):
    conversation = write_in(db)
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "create_rating_link", conversation)


def test_a_conversation_that_is_not_there_has_no_link(db):
    with acting(db, add_agent(db)), refused(db, "PT404"):
        call(db, "create_rating_link", uuid.uuid4())
