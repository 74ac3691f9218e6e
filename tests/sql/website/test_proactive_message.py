"""When the website speaks first."""

from __future__ import annotations

import uuid

import pytest
from psycopg.types.json import Jsonb

from tests.sql.pages import add_widget, on_page, start_chat
from tests.sql.rows import acting, add_agent, add_user, call, one, refused, rows, said, state_of

PAGE = "https://shop.example.com/cart"
TEXTS = {"en": "Can we help?", "de": "Können wir helfen?"}


@pytest.fixture
def visitor(db):
    """A visitor of the only widget."""
    add_widget(db)
    return add_user(db)


def add_rule(db, name="Cart", **columns):
    """Adds a rule; gives its id."""
    values = {"name": name, "texts": Jsonb(TEXTS), **columns}
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    query = f"insert into proactive_rules ({names}) values ({places}) returning id"
    return one(db, query, *values.values())


def arrive(db, visitor, url=PAGE, language="en"):
    """Lets a visitor open a page; gives the session and what is shown at once."""
    with on_page(db, visitor, accept_language=language):
        found = call(db, "visit_page", url, None, None, None, True)
    return found["session_id"], found["proactive"]


def stay(db, visitor, session, seconds):
    """Lets a visitor stay on their page; gives what is shown then."""
    db.execute("update page_visits set visited_at = now() - %s * interval '1 s'", [seconds])
    with acting(db, visitor):
        return call(db, "proactive_message", uuid.UUID(session), seconds)


def test_a_rule_speaks_in_the_visitors_language(db, visitor):
    rule = add_rule(db)
    assert arrive(db, visitor, language="de-AT,en;q=0.5")[1] == {
        "rule_id": str(rule),
        "text": "Können wir helfen?",
        "language": "de",
    }


@pytest.mark.parametrize(
    ("texts", "language", "shown"),
    [
        (TEXTS, "fr", "en"),
        ({"pl": "Tak?", "en-GB": "Yes?"}, "fr", "en-GB"),
        ({"pl": "Tak?"}, "fr", "pl"),
        ({"de": "Ja?"}, None, "de"),
        ({"de": "Ja?", "de-AT": "Jo?"}, "de-AT", "de-AT"),
        ({"de": "Ja?", "de-AT": "Jo?"}, "de-CH", "de"),
        ({"en": "Yes?", "pt-BR": "Sim?"}, "pt", "pt-BR"),
    ],
)
def test_another_language_gets_the_nearest_english_or_what_there_is(db, texts, language, shown):
    assert call(db, "private.text_language", texts, language) == shown


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (None, True),
        ("*", True),
        (PAGE, True),
        ("*/cart", True),
        ("https://shop.example.com/*", True),
        ("*/car_", False),
        ("*/c%", False),
        ("*/checkout", False),
        ("shop.example.com/cart", False),
    ],
)
def test_a_rule_knows_its_pages(db, visitor, pattern, fits):
    add_rule(db, url_pattern=pattern)
    assert bool(arrive(db, visitor)[1]) is fits


def test_a_pattern_stays_simple(db):
    with refused(db, "23514"):
        add_rule(db, url_pattern="*a" * 11)


def test_a_rule_waits_for_its_time_on_the_page(db, visitor):
    add_rule(db, min_seconds_on_page=30)
    session, at_once = arrive(db, visitor)
    assert at_once is None
    assert stay(db, visitor, session, 10) is None
    assert stay(db, visitor, session, 31)["text"] == "Can we help?"


def test_a_page_cannot_claim_to_have_been_open_longer(db, visitor):
    add_rule(db, min_seconds_on_page=30)
    session, _ = arrive(db, visitor)
    with acting(db, visitor):
        assert call(db, "proactive_message", uuid.UUID(session), 3600) is None


def test_a_rule_waits_for_a_later_visit(db, visitor):
    add_rule(db, min_visits=2)
    assert arrive(db, visitor)[1] is None
    db.execute("update visitor_sessions set seen_at = now() - interval '1 hour'")
    assert arrive(db, visitor)[1] is not None


def test_a_rule_is_shown_once_in_its_days(db, visitor):
    add_rule(db, once_in_days=7)
    assert arrive(db, visitor)[1] is not None
    assert arrive(db, visitor)[1] is None
    assert arrive(db, add_user(db))[1] is not None
    db.execute("update proactive_shows set shown_at = now() - interval '8 days'")
    assert arrive(db, visitor)[1] is not None


def test_a_rule_may_be_shown_once_and_never_again(db, visitor):
    add_rule(db, once_in_days=None)
    assert arrive(db, visitor)[1] is not None
    db.execute("update proactive_shows set shown_at = now() - interval '300 days'")
    assert arrive(db, visitor)[1] is None


@pytest.mark.parametrize(
    ("languages", "asked_for", "fits"),
    [
        (["de"], "en", False),
        (["de"], "de", True),
        (["fr", "de"], "de-AT,en;q=0.5", True),
        (["pt-br"], "pt-BR,pt;q=0.9", True),
        (["pt-BR"], "pt-PT", False),
        (["zh"], "zh-Hant-HK-x-own", True),
        (["de"], None, True),
    ],
)
def test_a_rule_is_for_some_languages(db, visitor, languages, asked_for, fits):
    add_rule(db, languages=languages)
    assert bool(arrive(db, visitor, language=asked_for)[1]) is fits


def test_a_rule_may_keep_office_hours(db, visitor):
    rule = add_rule(db, only_in_office_hours=True, once_in_days=0)
    db.execute("insert into office_closures (day) values (now() at time zone 'UTC')")
    db.execute(
        "insert into office_hours (weekday, opens, closes)"
        " select day, '00:00', '24:00' from generate_series(1, 7) as day"
    )
    assert arrive(db, visitor)[1] is None
    db.execute("delete from office_closures")
    assert arrive(db, visitor)[1]["rule_id"] == str(rule)


def test_the_first_rule_by_position_speaks_alone(db, visitor):
    add_rule(db, "Late", position=2)
    first = add_rule(db, "Early", position=1)
    add_rule(db, "Off", position=0, is_enabled=False)
    add_rule(db, "Elsewhere", position=0, channel_id=add_widget(db, "other"))
    assert arrive(db, visitor)[1]["rule_id"] == str(first)
    assert one(db, "select count(*) from proactive_shows") == 1


def test_nobody_is_spoken_to_while_they_talk(db, visitor):
    add_rule(db)
    start_chat(db, visitor)
    assert arrive(db, visitor)[1] is None


def test_an_answer_begins_a_conversation_with_what_was_shown(db, visitor):
    rule, client_id = add_rule(db), uuid.uuid4()
    arrive(db, visitor)
    with acting(db, visitor):
        begun = call(db, "accept_proactive", rule, "Yes, please", client_id)
        assert call(db, "accept_proactive", rule, "Yes, please", client_id) == begun
    assert said(db, begun) == [("system", "Can we help?"), ("customer", "Yes, please")]
    assert one(db, "select metadata ->> 'rule_id' from messages where seq = 1") == str(rule)
    assert state_of(db, begun, "first_response_at") is None
    assert rows(db, "select metric_name from realtime_metrics") == []
    assert rows(db, "select state from private.reply_jobs") == ["waiting"]


def test_shown_and_answered_are_counted(db, visitor):
    rule = add_rule(db)
    for user in (visitor, add_user(db)):
        arrive(db, user)
    with acting(db, visitor):
        call(db, "accept_proactive", rule, "Yes")
    with acting(db, add_agent(db)):
        assert rows(db, "select shown, answered from proactive_results") == [(2, 1)]


def test_what_was_not_shown_cannot_be_answered(db, visitor):
    rule = add_rule(db)
    with acting(db, visitor), refused(db, "PT404"):
        call(db, "accept_proactive", rule, "Yes")


def test_a_session_that_has_ended_or_is_anothers_shows_nothing(db, visitor):
    theirs, _ = arrive(db, add_user(db))
    own, _ = arrive(db, visitor)
    db.execute("update visitor_sessions set seen_at = now() - interval '1 hour'")
    for session in (theirs, own, None):
        with acting(db, visitor), refused(db, "PT404"):
            call(db, "proactive_message", session and uuid.UUID(session), 1)


def test_asking_keeps_a_session_alive(db, visitor):
    session, _ = arrive(db, visitor)
    db.execute("update visitor_sessions set seen_at = now() - interval '25 minutes'")
    stay(db, visitor, session, 5)
    assert one(db, "select seen_at > now() - interval '1 minute' from visitor_sessions")


@pytest.mark.parametrize("texts", [{"en": ""}, {"en": "x" * 2001}, {"en": 1}, {"en": None}])
def test_a_rule_has_something_to_say(db, texts):
    with refused(db, "PT400"):
        add_rule(db, texts=Jsonb(texts))
