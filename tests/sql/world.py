"""A small world with a row in every table: who is in it, and what they own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from psycopg import Connection

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_sends,
    claim_turns,
    ingest,
    message,
    one,
    receipt,
    record,
    report,
    write_in,
)
from tests.sql.tokens import signature_of


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The people of a small world, by the ids in their tokens, and two visitors' conversations."""

    visitor: UUID
    stranger: UUID
    agent: UUID
    admin: UUID
    removed: UUID
    own: UUID
    foreign: UUID


def populate(db: Connection) -> World:
    """Makes the world, by the ways that real traffic takes."""
    agent, removed, admin = add_agent(db), add_agent(db), add_agent(db, "admin")
    db.execute("update agents set is_active = false where id = %s", [removed])
    visitor, stranger = add_user(db), add_user(db)
    own, foreign = (start_chat(db, user) for user in (visitor, stranger))
    with acting(db, agent):
        call(db, "send_message", own, "A note", None, None, True)
        call(db, "send_message", own, "Good day")
    for user, page in ((visitor, "own"), (stranger, "foreign")):
        visit(db, user, page)
    add_article(db, "Counted already")
    call(db, "private.fold_terms")
    article = add_article(db)
    call(db, "private.fold_terms")
    add_article(db, title="Opening hours")
    db.execute(
        "insert into knowledge_articles (title, body, is_published) values ('X', 'Y', false)"
    )
    add_article(db, "How to treat complaints", visibility="agents")
    answer_on_whatsapp(db, article)
    fill_side_tables(db, own)
    return World(
        visitor=visitor,
        stranger=stranger,
        agent=agent,
        admin=admin,
        removed=removed,
        own=own,
        foreign=foreign,
    )


def start_chat(db: Connection, user: UUID) -> UUID:
    """Lets a visitor open a conversation on the website."""
    with acting(db, user):
        return call(db, "create_conversation", "me@example.com", "website", "Hello")


def visit(db: Connection, user: UUID, page: str) -> None:
    """Lets a visitor whom no conversation keeps busy see a page, and be spoken to."""
    db.execute('insert into proactive_rules (name, texts) values (%s, \'{"en": "Hello"}\')', [page])
    db.execute("update conversations set status = 'resolved'")
    with acting(db, user):
        call(db, "visit_page", f"https://example.com/{page}", None, None, None, True)
    db.execute("update conversations set status = 'open'")


def answer_on_whatsapp(db: Connection, article: UUID) -> None:
    """Answers a WhatsApp customer, with a parked receipt and a dead letter besides."""
    write_in(db)
    for turn in claim_turns(db):
        record(db, turn, answer(article))
    for send in claim_sends(db):
        report(db, send, "failed", code="131026", error="no such user")
    mark = {**receipt("", "read"), "kind": "watermark", "until": "2026-11-20T12:00:01+00:00"}
    mark["identities"] = message()["identities"]
    photo = message("", media=[{"kind": "image", "id": "m1"}], message_type="image")
    ingest(db, receipt("wamid.unheard", "sent"), message(account="nobody"), mark, photo)
    ingest(db, {"kind": "mail", "account": "shop"}, channel_type="email")
    call(db, "private.claim_mailboxes", "w1", ["shop"])
    call(db, "private.remove_files", ["nobody/"])
    talks = "select array_agg(id) from conversations"
    call(db, "private.request_signals", one(db, talks), "typing")
    template = {"name": "hello", "language": "en", "status": "approved", "body": "Hello"}
    template |= {"parameter_format": "positional"}
    call(db, "private.store_templates", "whatsapp", "shop", [template])


def fill_side_tables(db: Connection, conversation: UUID) -> None:
    """Adds what traffic alone does not bring: a rating, an alert, a rule, a setting."""
    learn_something(db)
    token = call(db, "private.create_csat_link", conversation)
    call(db, "record_csat", token, 5, "Thanks")
    call(db, "private.raise_alert", "channel", "info", "Something")
    call(db, "private.require_pace", "anything", 1, timedelta(minutes=1))
    channel = call(db, "private.default_channel", "whatsapp")
    call(db, "private.record_channel_event", channel, "token", {"state": "valid"})
    call(db, "private.store_secret", channel, "access_token", b"gAAAAAB")
    db.execute("insert into alert_rules (name, metric_name, threshold) values ('A', 'b', 1)")
    recognise_somebody(db)
    sum_up_deliveries(db)
    db.execute("insert into office_settings (time_zone) values ('Europe/Berlin')")
    db.execute("insert into office_hours (weekday, opens, closes) values (1, '09:00', '17:00')")
    db.execute("insert into office_closures (day) values ('2026-12-25')")
    db.execute("update realtime_metrics set timestamp = timestamp - interval '3 hours'")
    call(db, "private.roll_up_hours")
    db.execute("insert into routing_rules (name, priority) values ('A', 'high')")
    db.execute("insert into ai_settings (instructions) values ('Be kind.')")
    call(db, "private.retune_thresholds")
    spend_on_models(db)
    run = one(db, "select id from ai_runs where outcome <> 'fenced' limit 1")
    call(db, "private.keep_label", run, "right", "rating")
    guess = one(db, "update ai_runs set fit = 'words 1' where id = %s returning id", run)
    call(db, "private.keep_label", guess, "right", "pick")
    call(db, "private.learn_gates")
    job = one(db, "select id from private.reply_jobs limit 1")
    call(db, "private.run_tool", job, 0, "my_profile", {})
    db.execute(
        "insert into private.inbound_events (channel_type, body, state, error)"
        " values ('email', 'x', 'failed', 'no mail')"
    )
    call(db, "private.ask_for_replay", "-infinity", "infinity")


def spend_on_models(db: Connection) -> None:
    """Keeps a call to a model with its price, and a text that it was shown."""
    db.execute(
        "insert into model_prices (model, input_microusd, output_microusd) values ('m', 1e6, 1e6)"
    )
    spent = {"model": "m", "outcome": "answered", "usage": {"input_tokens": 10}}
    call(db, "private.keep_calls", None, None, "turn", [spent])
    call(db, "private.keep_seen", {"instructions": "Be kind."})
    db.execute("insert into ai_budget (daily_microusd) values (1000000)")
    call(db, "private.watch_budget")
    call(db, "backtest")
    call(db, "request_draft", one(db, "select id from conversations limit 1"))


def sum_up_deliveries(db: Connection) -> None:
    """Sums up a day of the outbox in which something changes afterwards."""
    day = one(db, "select date_trunc('day', min(created_at), 'UTC') from private.deliveries")
    call(db, "private.sum_up_day", day)
    db.execute("insert into private.delivery_changes (day) values (%s)", [day])


def recognise_somebody(db: Connection) -> None:
    """Lets a customer of the site come back on a second device, with what they wrote there."""
    secret = call(db, "private.rotate_identity_secret", None)
    for user in (add_user(db), add_user(db)):
        start_chat(db, user)
        with acting(db, user):
            call(db, "identify", "user-17", signature_of("user-17", secret))


def learn_something(db: Connection) -> None:
    """Hands a question over that an agent then answers, and has a suggestion made of it."""
    agent = add_agent(db)
    for phone in ("4915100000001", "4915100000002"):
        talk = write_in(db, "Do you repair broken umbrellas?", phone)
        for turn in claim_turns(db):
            record(db, turn, {"outcome": "hand_over", "question": turn["question"]})
        with acting(db, agent):
            call(db, "send_message", talk, "Yes, in our shop, within a week.")
            call(db, "resolve_conversation", talk)
        call(db, "private.mine_suggestions", timedelta(0))
    talk = write_in(db, "Thanks", "4915100000003")
    with acting(db, agent):
        call(db, "resolve_conversation", talk)
