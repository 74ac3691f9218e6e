"""When people are there, also on the days on which the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.sql.pages import add_widget
from tests.sql.rows import acting, add_agent, call, one, refused, said, write_in

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def widget(db):
    """A widget with office hours from Monday to Friday, nine to five in Berlin."""
    db.execute("insert into office_settings (time_zone) values (%s)", [BERLIN])
    for weekday in range(1, 6):
        add_hours(db, weekday, "09:00", "17:00")
    return add_widget(db)


def add_hours(db, weekday, opens, closes, channel=None):
    db.execute(
        "insert into office_hours (channel_id, weekday, opens, closes) values (%s, %s, %s, %s)",
        [channel, weekday, opens, closes],
    )


def is_open(db, channel, moment):
    return call(db, "private.office_is_open", channel, at(moment))


def opens_at(db, channel, moment):
    return call(db, "private.office_opens_at", channel, at(moment))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-01-12T07:59:59", False),
        ("2026-01-12T08:00:00", True),
        ("2026-01-12T15:59:59", True),
        ("2026-01-12T16:00:00", False),
        ("2026-01-11T12:00:00", False),
        ("2026-07-13T06:59:59", False),
        ("2026-07-13T07:00:00", True),
        ("2026-07-13T14:59:59", True),
        ("2026-07-13T15:00:00", False),
    ],
)
def test_nine_is_nine_in_winter_and_in_summer(db, widget, moment, expected):
    assert is_open(db, widget, moment) is expected


@pytest.mark.parametrize(
    ("closed", "opens"),
    [
        ("2026-03-27T20:00:00", "2026-03-30T07:00:00"),
        ("2026-10-23T20:00:00", "2026-10-26T08:00:00"),
        ("2026-01-12T05:00:00", "2026-01-12T08:00:00"),
    ],
)
def test_the_next_opening_is_told_over_a_change_of_the_clocks(db, widget, closed, opens):
    assert opens_at(db, widget, closed) == at(opens)


def test_an_hour_that_does_not_exist_moves_on(db):
    db.execute("insert into office_settings (time_zone) values (%s)", [BERLIN])
    widget = add_widget(db)
    add_hours(db, 7, "02:30", "05:00")
    assert is_open(db, widget, "2026-03-29T01:29:00") is False
    assert is_open(db, widget, "2026-03-29T01:31:00") is True
    assert is_open(db, widget, "2026-03-29T02:59:00") is True
    assert is_open(db, widget, "2026-03-29T03:00:00") is False


def test_a_holiday_is_closed_and_the_next_day_is_told(db, widget):
    db.execute("insert into office_closures (day, reason) values ('2026-01-12', 'Stocktaking')")
    assert is_open(db, widget, "2026-01-12T10:00:00") is False
    assert opens_at(db, widget, "2026-01-12T10:00:00") == at("2026-01-13T08:00:00")


def test_a_channel_closes_alone(db, widget):
    other = call(db, "private.register_channel", "email", "a@example.com", "Mail")
    db.execute("insert into office_closures (channel_id, day) values (%s, '2026-01-12')", [widget])
    assert is_open(db, widget, "2026-01-12T10:00:00") is False
    assert is_open(db, other, "2026-01-12T10:00:00") is True


def test_a_channels_own_hours_replace_those_of_all(db, widget):
    add_hours(db, 6, "10:00", "24:00", widget)
    assert is_open(db, widget, "2026-01-12T10:00:00") is False
    assert is_open(db, widget, "2026-01-10T22:59:00") is True
    assert is_open(db, widget, "2026-01-10T23:00:00") is False


def test_without_hours_people_are_always_there(db):
    assert is_open(db, add_widget(db), "2026-01-11T03:00:00") is True


def test_closed_for_good_has_no_next_opening(db):
    widget = add_widget(db)
    add_hours(db, 1, "09:00", "10:00")
    db.execute(
        "insert into office_closures (day)"
        " select day::date from generate_series('2026-01-01'::date, '2026-06-01', '1 day') as day"
    )
    assert opens_at(db, widget, "2026-01-12T05:00:00") is None


def test_the_time_zone_is_one(db):
    with refused(db, "PT400"):
        db.execute("insert into office_settings (time_zone) values ('Mars/Olympus')")


def test_everybody_may_ask_whether_people_are_there(db):
    widget = add_widget(db)
    close_now(db)
    with acting(db, None, "anon"):
        state = call(db, "office_status", widget)
    assert state["is_open"] is False
    assert datetime.fromisoformat(state["opens_at"]) > datetime.now(UTC)


def close_now(db):
    """Sets hours that are over for today, and others tomorrow."""
    db.execute(
        "insert into office_hours (weekday, opens, closes)"
        " select extract(isodow from now() at time zone 'UTC' + interval '1 day'), '09:00', '17:00'"
    )


def test_a_hand_over_outside_the_hours_says_when_people_are_back(db):
    close_now(db)
    conversation = write_in(db)
    db.execute("update conversations set language = 'de'")
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation)
    day = one(db, "select to_char(now() at time zone 'UTC' + interval '1 day', 'DD.MM.YYYY')")
    [_, (sender, text)] = said(db, conversation)
    assert sender == "system"
    assert text.endswith(f"Wir sind ab {day} um 09:00 (UTC) wieder da.")


def test_a_hand_over_within_the_hours_says_nothing_of_them(db):
    conversation = write_in(db, language="en")
    with acting(db, add_agent(db)):
        call(db, "hand_over", conversation)
    assert said(db, conversation)[1][1].endswith("They will answer you here.")


@pytest.mark.parametrize(
    "language", ["en", "de", "es", "fr", "it", "pt", "nl", "pl", "ru", "tr", "ar", "zh", "xx", None]
)
def test_every_language_names_the_hour_and_the_place(db, language):
    text = call(db, "private.office_text", language, at("2026-07-13T07:00:00"), BERLIN)
    assert "09:00" in text
    assert BERLIN in text
    assert "13" in text


def test_an_office_that_never_opens_names_no_time(db):
    assert call(db, "private.office_text", "en", None, BERLIN) is None
