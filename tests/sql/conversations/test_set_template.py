"""An agent chooses a template; nobody else may, and nothing else is one."""

from __future__ import annotations

import pytest
from psycopg.types.json import Jsonb

from tests.sql.rows import acting, add_agent, add_user, call, claim_sends, one, refused, write_in


def send(db, conversation, template):
    return call(db, "send_message", conversation, "Hello", None, None, False, "[]", template)


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        (["a", "b"], [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]),
        ({"day": "Monday"}, [{"type": "text", "text": "Monday", "parameter_name": "day"}]),
    ],
)
def test_the_chosen_template_goes_out_also_in_an_open_window(db, given, parameters):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        send(db, conversation, {"name": "visit", "language": "en", "parameters": given})
    [found] = claim_sends(db)
    assert found["template"] == {
        "name": "visit",
        "language": {"code": "en"},
        "components": [{"type": "body", "parameters": parameters}],
    }


def test_components_go_as_they_are(db):
    conversation = write_in(db)
    components = [{"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}]
    with acting(db, add_agent(db)):
        send(db, conversation, {"name": "v", "language": "en", "components": components})
    assert claim_sends(db)[0]["template"]["components"] == components


@pytest.mark.parametrize(
    "template", [[], {"name": "x"}, {"language": "en"}, {"name": "x", "language": "en",
                                                         "parameters": "a"}],
)  # fmt: skip
def test_what_is_no_template_is_refused(db, template):
    conversation = write_in(db)
    with acting(db, add_agent(db)), refused(db, "PT400"):
        one(db, "select send_message(%s, 'Hi', null, null, false, '[]', %s)", conversation,
            Jsonb(template))  # fmt: skip


def test_a_visitor_cannot_choose_one(db):
    visitor = add_user(db)
    with acting(db, visitor):
        conversation = call(db, "create_conversation", "me@example.com", "website", "Hello")
        with refused(db, "PT403"):
            send(db, conversation, {"name": "x", "language": "en"})


def test_the_template_of_another_agents_message_stays(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        message = call(db, "send_message", conversation, "Hello")
    with acting(db, add_agent(db, name="Eve")):
        call(db, "private.set_template", message["id"], {"name": "x", "language": "en"})
    assert (
        one(db, "select metadata ? 'template' from messages where id = %s", message["id"]) is False
    )
