"""What everybody may know of a widget, and the secrets nobody may."""

from __future__ import annotations

import uuid
from datetime import timedelta

from tests.sql.pages import add_widget
from tests.sql.rows import acting, add_agent, call, one, refused, rows


def test_every_widget_has_settings_from_the_start(db):
    channel = add_widget(db)
    call(db, "private.register_channel", "telegram", "bot", "Bot")
    assert rows(db, "select channel_id from website_settings") == [channel]


def test_a_page_reads_what_it_needs_before_anybody_signs_in(db):
    channel = add_widget(db, name="Shop", allowed_origins=["https://shop.example.com"])
    with acting(db, None, "anon"):
        found = call(db, "widget_configuration")
    assert found["channel_id"] == str(channel)
    assert found["name"] == "Shop"
    assert found["office"] == {"is_open": True, "opens_at": None, "time_zone": "UTC"}
    assert set(found) == {
        "channel_id",
        "name",
        "greeting",
        "theme",
        "requires_identity",
        "asks_consent",
        "max_upload_bytes",
        "allowed_mime_types",
        "office",
    }


def test_a_greeting_is_in_languages_that_there_are(db):
    channel = add_widget(db)
    greet = "update website_settings set greeting = %s where channel_id = %s"
    db.execute(greet, ['{"EN": "Hello!", "pt-br": "Oi!"}', channel])
    assert call(db, "widget_configuration")["greeting"] == {"en": "Hello!", "pt-BR": "Oi!"}
    for wrong in ('{"german": "Hallo!"}', '{"DE": "Hallo!", "de": "Tag!"}', '{"de": " "}'):
        with refused(db, "PT400"):
            db.execute(greet, [wrong, channel])


def test_the_first_widget_is_meant_unless_another_is_named(db):
    add_widget(db, name="One")
    second = add_widget(db, "second", name="Two")
    assert call(db, "widget_configuration")["name"] == "One"
    assert call(db, "widget_configuration", second)["name"] == "Two"


def test_what_is_no_open_widget_is_not_found(db):
    closed, mailbox = add_widget(db), call(db, "private.register_channel", "email", "a@b.c", "M")
    db.execute("update channels set is_enabled = false where id = %s", [closed])
    for channel in (closed, mailbox, uuid.uuid4(), None):
        with refused(db, "PT404"):
            call(db, "widget_configuration", channel)


def test_a_new_secret_leaves_the_old_one_a_day(db):
    channel = add_widget(db)
    old = call(db, "private.rotate_identity_secret", channel)
    new = call(db, "private.rotate_identity_secret", channel)
    assert rows(db, "select private.identity_secrets(%s)", channel) == [new, old]
    assert len({old, new}) == 2
    db.execute("update private.website_secrets set retired_at = retired_at - interval '25 hours'")
    assert rows(db, "select private.identity_secrets(%s)", channel) == [new]
    assert (
        rows(db, "select action from audit_log where action like 'rotate%%'")
        == ["rotate_identity_secret"] * 2
    )


def test_a_secret_that_leaked_ends_at_once(db):
    channel = add_widget(db)
    call(db, "private.rotate_identity_secret", channel)
    new = call(db, "private.rotate_identity_secret", channel, timedelta(0))
    assert rows(db, "select private.identity_secrets(%s)", channel) == [new]


def test_an_older_overlap_is_never_made_longer(db):
    channel = add_widget(db)
    leaked = call(db, "private.rotate_identity_secret", channel)
    call(db, "private.rotate_identity_secret", channel, timedelta(0))
    call(db, "private.rotate_identity_secret", channel)
    assert leaked not in rows(db, "select private.identity_secrets(%s)", channel)


def test_secrets_long_out_of_use_go(db):
    channel = add_widget(db)
    call(db, "private.rotate_identity_secret", channel)
    call(db, "private.rotate_identity_secret", channel)
    db.execute("update private.website_secrets set retired_at = retired_at - interval '9 days'")
    call(db, "private.rotate_identity_secret", channel)
    assert one(db, "select count(*) from private.website_secrets") == 2


def test_no_agent_and_no_admin_reads_a_secret(db):
    call(db, "private.rotate_identity_secret", add_widget(db))
    for role in ("agent", "admin"):
        with acting(db, add_agent(db, role)), refused(db, "42501"):
            db.execute("select secret from private.website_secrets")
