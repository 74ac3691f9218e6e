"""The template of a delivery is one of the channel that it takes, by that channel's window."""

from __future__ import annotations

import json

import pytest

from tests.sql.delivery.fallbacks import add_identity, claim_from
from tests.sql.rows import call, claim_sends, ingest, message, one, report, write_in

TEXT = "Your order is on its way."


def keep(db, account):
    """Has WhatsApp approve a template that reads like the text, for this account."""
    template = {
        "external_id": account, "name": "order", "language": "en", "status": "approved",
        "category": "utility", "parameter_format": "positional", "body": TEXT,
        "components": [{"type": "BODY", "text": TEXT}],
    }  # fmt: skip
    call(db, "private.store_templates", "whatsapp", account, [template])


def fallen_back(db, metadata=None):
    """An answer that Messenger could not deliver and that goes by WhatsApp."""
    event = message(identities=[{"kind": "external", "value": "7"}])
    call(db, "private.register_channel", "messenger", "shop", "Shop")
    ingest(db, event, channel_type="messenger")
    conversation = one(db, "select id from conversations")
    add_identity(db, conversation, "whatsapp", "491")
    keep(db, "shop")
    db.execute(
        "insert into messages (conversation_id, sender_type, content, metadata)"
        " values (%s, 'agent', %s, %s)",
        [conversation, TEXT, json.dumps(metadata or {})],
    )
    report(db, claim_from(db, "messenger"), "failed", code="551")


def test_a_fallback_takes_a_template_of_its_channel_by_that_ones_window(db):
    fallen_back(db)
    send = claim_from(db)
    assert (send["window_open"], send["template"]["name"]) == (False, "order")


def test_what_was_chosen_for_one_channel_is_not_sent_on_another(db):
    fallen_back(db, {"template": {"name": "chosen", "language": "en"}})
    customer = one(db, "select customer_id from conversations")
    db.execute(
        "insert into conversations (customer_id, channel_id, channel_type, status, resolved_at,"
        " window_expires_at) select %s, id, type, 'resolved', now(), now() + interval '1 hour'"
        " from channels where type = 'whatsapp'",
        [customer],
    )
    send = claim_from(db)
    assert (send["window_open"], send["template"]) == (True, None)


@pytest.mark.parametrize(("minutes", "name"), [(1, None), (-1, "order")])
def test_on_its_own_channel_the_conversations_window_counts(db, minutes, name):
    conversation = write_in(db)
    keep(db, "shop")
    call(db, "send_message", conversation, TEXT)
    query = "update conversations set window_expires_at = now() + %s * interval '1 minute'"
    db.execute(query, [minutes])
    assert (claim_sends(db)[0]["template"] or {}).get("name") == name
