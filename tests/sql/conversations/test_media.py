"""Files of a conversation: who may put them where, who sees them, how a message carries them."""

from __future__ import annotations

import uuid

import pytest
from psycopg.types.json import Jsonb

from tests.sql.pages import on_page, start_chat
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, state_of, write_in


@pytest.fixture
def chat(db):
    """A visitor and their conversation on the website."""
    visitor = add_user(db)
    return visitor, start_chat(db, visitor)


def put(db, path, mime_type="image/png", size=10):
    """Stores the row of a file, as Storage does for whoever is acting; gives the path."""
    db.execute(
        "insert into storage.objects (bucket_id, name, metadata) values ('media', %s, %s)",
        [path, Jsonb({"mimetype": mime_type, "size": size, "contentLength": size})],
    )
    return path


def visitors_path(conversation, name="photo.png"):
    return f"{conversation}/visitor/{uuid.uuid4()}-{name}"


def seen(db, user):
    with acting(db, user):
        return rows(db, "select name from storage.objects where bucket_id = 'media' order by 1")


def test_the_bucket_is_closed_and_limited(db):
    query = "select public, file_size_limit from storage.buckets where id = 'media'"
    assert rows(db, query) == [(False, 50 * 1024 * 1024)]


def test_a_visitor_adds_to_their_own_conversation_alone(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        path = put(db, visitors_path(conversation))
    assert seen(db, visitor) == [path]
    for stranger in (add_user(db), None):
        with acting(db, stranger), refused(db, "42501"):
            put(db, visitors_path(conversation))
    assert seen(db, add_user(db)) == []


@pytest.mark.parametrize(
    "path",
    [
        "{own}/visitor/photo.png",
        "{own}/agent/{id}-photo.png",
        "{own}/{id}-photo.png",
        "{own}/visitor/{id}-a/b.png",
        "{own}/visitor/../{id}-photo.png",
        "{shouted}/visitor/{id}-photo.png",
        "visitor/{id}-photo.png",
        "no uuid/visitor/{id}-photo.png",
        "{own}/visitor/{id}-",
        "{own}",
        "",
    ],
)
def test_a_visitor_adds_under_no_other_name(db, chat, path):
    visitor, own = chat
    name = path.format(own=own, id=uuid.uuid4(), shouted=str(own).upper())
    with acting(db, visitor), refused(db, "42501"):
        put(db, name)


def test_a_visitor_adds_twenty_files_in_an_hour(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        for _ in range(20):
            put(db, visitors_path(conversation))
        with refused(db, "42501"):
            put(db, visitors_path(conversation))
    db.execute("update storage.objects set created_at = now() - interval '61 minutes'")
    with acting(db, visitor):
        put(db, visitors_path(conversation))


def test_files_of_other_conversations_do_not_count(db, chat):
    visitor, conversation = chat
    for other in (uuid.UUID(int=1), uuid.UUID(int=2**128 - 1)):
        for _ in range(20):
            put(db, visitors_path(other))
    with acting(db, visitor):
        put(db, visitors_path(conversation))


def test_a_visitor_adds_only_kinds_that_the_widget_takes(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        put(db, visitors_path(conversation), "audio/ogg; codecs=opus")
        for kind in ("text/html", "image/svg+xml", "application/x-msdownload"):
            with refused(db, "42501"):
                put(db, visitors_path(conversation), kind)
    db.execute("update website_settings set max_upload_bytes = 0")
    with acting(db, visitor), refused(db, "42501"):
        put(db, visitors_path(conversation))


def test_a_visitor_adds_no_file_that_is_larger_than_the_widget_takes(db, chat):
    visitor, conversation = chat
    db.execute("update website_settings set max_upload_bytes = 1000")
    with acting(db, visitor):
        put(db, visitors_path(conversation), size=1000)
        for size in (1001, None):
            with refused(db, "42501"):
                put(db, visitors_path(conversation), size=size)
    with acting(db, add_agent(db)):
        put(db, f"{conversation}/agent/offer.png", size=1001)


def test_a_form_may_have_its_own_parts_besides(db, chat):
    visitor, conversation = chat
    db.execute("update website_settings set max_upload_bytes = 1000")
    with on_page(db, visitor, content_type="multipart/form-data; boundary=x"):
        put(db, visitors_path(conversation), size=1000 + 8192)
        with refused(db, "42501"):
            put(db, visitors_path(conversation), size=1001 + 8192)


def test_a_visitor_gets_no_signed_address_to_upload_to(db, chat):
    visitor, conversation = chat
    db.execute("select set_config('storage.operation', 'storage.object.sign_upload_url', true)")
    with acting(db, visitor), refused(db, "42501"):
        put(db, visitors_path(conversation))
    with acting(db, add_agent(db)):
        put(db, f"{conversation}/agent/offer.png")


def test_a_page_that_may_not_use_the_widget_adds_nothing(db, chat):
    visitor, conversation = chat
    db.execute("update website_settings set allowed_origins = '{https://shop.example.com}'")
    with on_page(db, visitor, origin="https://evil.test"), refused(db, "42501"):
        put(db, visitors_path(conversation))
    with on_page(db, visitor, origin="https://shop.example.com"):
        put(db, visitors_path(conversation))


def test_nobody_replaces_moves_or_removes_a_file(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        put(db, visitors_path(conversation))
    db.execute("select set_config('storage.allow_delete_query', 'true', true)")
    for user in (visitor, add_agent(db, "admin")):
        with acting(db, user):
            assert db.execute("update storage.objects set name = name").rowcount == 0
            assert db.execute("delete from storage.objects").rowcount == 0


def test_agents_see_all_and_add_under_their_own_folder(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        theirs = put(db, visitors_path(conversation))
    agent = add_agent(db)
    with acting(db, agent):
        ours = put(db, f"{conversation}/agent/offer.pdf", "application/pdf")
        for name in (f"{uuid.uuid4()}/agent/x", visitors_path(conversation), "x", ""):
            with refused(db, "42501"):
                put(db, name)
    assert seen(db, agent) == sorted([theirs, ours])
    assert seen(db, visitor) == [theirs]


def test_a_visitor_sees_an_agents_file_once_it_is_sent(db, chat):
    visitor, conversation = chat
    with acting(db, add_agent(db)):
        noted = put(db, f"{conversation}/agent/internal.pdf", "application/pdf")
        sent = put(db, f"{conversation}/agent/offer.pdf", "application/pdf")
        note = [{"path": noted}]
        call(db, "send_message", conversation, "Our price", None, None, True, note)
        call(db, "send_message", conversation, "", None, None, False, [{"path": sent}])
    assert seen(db, visitor) == [sent]
    assert seen(db, add_user(db)) == []


def test_a_file_of_a_message_that_is_gone_is_seen_no_more(db, chat):
    visitor, conversation = chat
    with acting(db, add_agent(db)):
        sent = put(db, f"{conversation}/agent/offer.pdf", "application/pdf")
        call(db, "send_message", conversation, "", None, None, False, [{"path": sent}])
    db.execute("update messages set deleted_at = now() where sender_type = 'agent'")
    assert seen(db, visitor) == []


def test_a_message_carries_what_storage_says_of_its_files(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        photo = put(db, visitors_path(conversation), "image/png", 1234)
        letter = put(db, visitors_path(conversation, "letter.pdf"), "application/pdf", 99)
        media = [
            {"path": photo, "filename": "me.png", "mime_type": "text/html", "size": 1},
            {"path": letter},
        ]
        sent = call(db, "send_message", conversation, "", None, None, False, media)
    assert (sent["message_type"], sent["media_url"], sent["content"]) == ("image", photo, "")
    assert sent["media"] == [
        {
            "kind": "image",
            "path": photo,
            "mime_type": "image/png",
            "filename": "me.png",
            "size": 1234,
        },
        {
            "kind": "document",
            "path": letter,
            "mime_type": "application/pdf",
            "filename": letter.split("/")[2],
            "size": 99,
        },
    ]
    assert state_of(db, conversation, "last_message") == "[image]"
    assert (
        one(db, "select metadata -> 'media' from messages where media_url is not null")
        == (sent["media"])
    )


@pytest.mark.parametrize(
    ("mime_type", "kind"),
    [("video/mp4", "video"), ("audio/ogg", "audio"), ("text/plain", "document")],
)
def test_the_first_file_gives_the_message_its_type(db, chat, mime_type, kind):
    visitor, conversation = chat
    with acting(db, visitor):
        media = [{"path": put(db, visitors_path(conversation), mime_type)}]
        sent = call(db, "send_message", conversation, "See", None, None, False, media)
    assert sent["message_type"] == kind


def test_a_file_of_another_conversation_is_none_of_this(db, chat):
    visitor, conversation = chat
    other = start_chat(db, stranger := add_user(db))
    with acting(db, stranger):
        foreign = put(db, visitors_path(other))
    with acting(db, add_agent(db)):
        internal = put(db, f"{conversation}/agent/internal.pdf", "application/pdf")
    for path in (foreign, internal, f"{conversation}/visitor/nothing", None):
        with acting(db, visitor), refused(db, "PT404"):
            call(db, "send_message", conversation, "Mine", None, None, False, [{"path": path}])
    with acting(db, add_agent(db)), refused(db, "PT404"):
        call(db, "send_message", conversation, "Mine", None, None, False, [{"path": foreign}])


@pytest.mark.parametrize("media", [{"path": "x"}, [{"path": "x"}] * 11, {}])
def test_media_are_a_short_list(db, chat, media):
    visitor, conversation = chat
    with acting(db, visitor), refused(db, "PT400"):
        call(db, "send_message", conversation, "See", None, None, False, media)


def test_a_file_larger_than_the_widget_takes_is_not_sent(db, chat):
    visitor, conversation = chat
    with acting(db, visitor):
        path = put(db, visitors_path(conversation))
    # What lies there is what counts, whatever had been announced.
    db.execute("""update storage.objects set metadata = metadata || '{"size": 10485761}'""")
    with acting(db, visitor), refused(db, "PT400"):
        call(db, "send_message", conversation, "See", None, None, False, [{"path": path}])


def test_without_files_there_must_be_words(db, chat):
    visitor, conversation = chat
    with acting(db, visitor), refused(db, "PT400"):
        call(db, "send_message", conversation, "", None, None, False, [])


def test_only_agents_speak_as_agents(db, chat):
    visitor, conversation = chat
    with acting(db, visitor), refused(db, "PT403"):
        call(db, "private.add_agent_message", conversation, "I am an agent")


def test_agents_send_files_on_every_channel(db):
    conversation = write_in(db)
    with acting(db, add_agent(db)):
        path = put(db, f"{conversation}/agent/offer.pdf", "application/pdf")
        call(db, "send_message", conversation, "Our offer", None, None, False, [{"path": path}])
    query = "select message_type, media_url, delivery_status from messages where seq = 2"
    assert rows(db, query) == [("document", path, "queued")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\me.png", "me.png"),
        ("a/..", None),
        ("me\n.png", "me.png"),
        (".htaccess", "htaccess"),
    ],
)
def test_a_files_given_name_leads_into_no_folder(db, chat, given, kept):
    visitor, conversation = chat
    with acting(db, visitor):
        path = put(db, visitors_path(conversation))
        file = Jsonb([{"path": path, "filename": given}])
        rows(db, "select send_message(%s, '', null, null, false, %s)", conversation, file)
    found = one(db, "select metadata #>> '{media,0,filename}' from messages where seq = 2")
    assert found == (kept or path.split("/")[2])
