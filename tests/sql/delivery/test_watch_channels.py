"""How a channel fares, learned from what really happens (R70, R76)."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.delivery.fallbacks import answered, claim_from
from tests.sql.rows import acting, add_agent, call, ingest, message, one, refused, report, rows


@pytest.fixture
def channel(db):
    answered(db)
    return one(db, "select id from channels where type = 'whatsapp'")


def seen(db, *columns):
    return db.execute(f"select {', '.join(columns)} from channel_status").fetchone()


def open_alerts(db):
    return rows(db, "select kind, severity from alerts where resolved_at is null order by 1")


def event(db, channel, kind, **data):
    call(db, "private.record_channel_event", channel, kind, data)


def fail(db, channel, times=3):
    """Three errors, a second and more apart."""
    for _ in range(times):
        db.execute("update channels set last_error_at = null")
        call(db, "private.note_channel_error", channel, "out_error", "131016", "busy")


def test_traffic_is_gathered_from_the_rows(db, channel):
    assert seen(db, "last_in_at", "last_out_at", "waiting") == (None, None, 1)
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    call(db, "private.upkeep")
    last_in, last_out, waiting, status = seen(db, "last_in_at", "last_out_at", "waiting", "status")
    assert last_in < last_out
    assert (waiting, status) == (0, "connected")
    ingest(db, message("More"))
    assert call(db, "private.gather_traffic") == 1
    assert call(db, "private.gather_traffic") == 0
    assert seen(db, "last_in_at > last_out_at") == (True,)


def test_a_customer_alone_makes_it_connected(db, channel):
    call(db, "private.upkeep")
    assert seen(db, "status") == ("connected",)


def test_errors_without_success_degrade_it_and_success_mends_it(db, channel):
    call(db, "private.upkeep")
    fail(db, channel, times=2)
    call(db, "private.upkeep")
    assert seen(db, "status") == ("connected",)
    fail(db, channel, times=1)
    call(db, "private.upkeep")
    assert seen(db, "status", "last_error") == ("degraded", "131016 busy")
    assert open_alerts(db) == [("channel", "warning")]
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    call(db, "private.upkeep")
    assert (seen(db, "status"), open_alerts(db)) == (("connected",), [])


def test_errors_of_long_ago_do_not_add_up(db, channel):
    fail(db, channel)
    db.execute("update private.channel_events set created_at = now() - interval '20 minutes'")
    call(db, "private.upkeep")
    assert seen(db, "status") == ("connected",)


@pytest.mark.parametrize(
    ("code", "is_error"),
    [("131016", True), ("unheard", True), ("131026", False), ("131009", False)],
)
def test_what_is_wrong_with_a_customer_or_a_message_is_no_error_of_the_channel(
    db, channel, code, is_error
):
    report(db, claim_from(db), "failed", code=code, error="no")
    assert bool(seen(db, "last_error_at")[0]) is is_error


def test_errors_are_kept_once_a_second(db, channel):
    for _ in range(3):
        event(db, channel, "in_error", code="imap", error="no answer")
    assert rows(db, "select kind, data from private.channel_events") == [
        ("in_error", {"code": "imap", "error": "no answer"})
    ]


def test_a_mailbox_that_is_lost_and_found(db, channel):
    for _ in range(2):
        event(db, channel, "disconnected", reason="log-in refused")
    assert seen(db, "status", "status_reason") == ("disconnected", "log-in refused")
    assert open_alerts(db) == [("channel", "critical")]
    report(db, claim_from(db), "sent", external_ids=["wamid.1"])
    assert seen(db, "status") == ("disconnected",)
    event(db, channel, "connected")
    assert (seen(db, "status", "lost_at"), open_alerts(db)) == (("connected", None), [])
    kinds = rows(db, "select kind from private.channel_events order by id")
    assert kinds == ["disconnected", "connected"]


@pytest.mark.parametrize(
    "obstacle",
    [
        "lost_at = now()",
        "retry_at = now()",
        "status = 'degraded', paused_until = now() + interval '1 hour'",
    ],
)
def test_a_channel_is_found_when_nothing_is_in_its_way(db, channel, obstacle):
    db.execute("update channels set status = 'disconnected'")
    db.execute(f"update channels set {obstacle}")
    call(db, "private.find_channel", channel)
    assert seen(db, "status") != ("connected",)


def test_a_channel_that_is_found_ends_the_alert_of_its_loss_and_no_other(db, channel):
    event(db, channel, "disconnected", reason="x")
    call(db, "private.raise_alert", "token", "warning", "x", None, channel)
    event(db, channel, "connected")
    assert open_alerts(db) == [("token", "warning")]


@pytest.mark.parametrize(("checks", "errors"), [(3, 0), (0, 1)])
def test_a_degraded_channel_stays_so_while_checks_or_sends_fail(db, channel, checks, errors):
    call(db, "private.upkeep")
    db.execute("update channels set status = 'degraded', failed_checks = %s", [checks])
    fail(db, channel, times=errors)
    call(db, "private.upkeep")
    assert seen(db, "status") == ("degraded",)


def test_errors_of_a_channel_that_is_lost_are_no_news(db, channel):
    event(db, channel, "disconnected", reason="x")
    fail(db, channel)
    call(db, "private.upkeep")
    assert seen(db, "status", "status_reason") == ("disconnected", "x")


def test_good_access_of_one_channel_ends_no_alert_of_another(db, channel):
    other = call(db, "private.register_channel", "telegram", "110", "Bot")
    event(db, channel, "token", state="invalid")
    event(db, other, "token", state="valid")
    assert open_alerts(db) == [("token", "critical")]


def test_an_alert_of_access_is_resolved_once(db, channel):
    event(db, channel, "token", state="invalid")
    event(db, channel, "token", state="valid")
    db.execute("update alerts set resolved_at = '2026-01-01'")
    call(db, "private.upkeep")
    assert rows(db, "select resolved_at = '2026-01-01' from alerts") == [True]


def test_a_token_expires(db, channel):
    for days, state, severity in ((30, "valid", []), (6, "expiring", ["warning"])):
        moment = one(db, "select now() + %s * interval '1 day'", days)
        event(db, channel, "token", state="valid", expires_at=moment.isoformat())
        assert seen(db, "token_state") == (state,)
        assert [found for _, found in open_alerts(db)] == severity
    db.execute("update channels set token_expires_at = now() - interval '1 second'")
    call(db, "private.upkeep")
    assert seen(db, "token_state") == ("invalid",)
    event(db, channel, "token", state="valid")
    assert (open_alerts(db), seen(db, "token_expires_at")) == ([], (None,))


def test_silence_is_noticed_where_it_is_not_expected(db, channel):
    call(db, "private.upkeep")
    db.execute("update channels set last_in_at = now() - interval '2 hours'")
    call(db, "private.judge_silence")
    assert open_alerts(db) == []
    db.execute("update channels set expected_silence = interval '1 hour'")
    call(db, "private.judge_silence")
    assert open_alerts(db) == [("silence", "warning")]
    ingest(db, message("Hello?"))
    call(db, "private.upkeep")
    assert open_alerts(db) == []


def test_the_alert_of_lost_answers_ends_when_traffic_goes_on(db, channel):
    report(db, claim_from(db), "failed", code="131026")
    call(db, "private.sweep")
    assert open_alerts(db) == [("delivery", "warning")]
    db.execute("update alerts set raised_at = now() - interval '2 hours'")
    db.execute("update channels set last_out_at = now()")
    call(db, "private.upkeep")
    assert open_alerts(db) == []


def test_what_makes_no_sense_is_refused(db, channel):
    for kind, data in (("cheerful", {}), (None, {}), ("token", {"state": "blue"}), ("token", {})):
        with refused(db, "PT400"):
            call(db, "private.record_channel_event", channel, kind, data)
    with refused(db, "PT404"):
        event(db, uuid.uuid4(), "connected")


def test_history_goes_after_its_time(db, channel):
    event(db, channel, "disconnected", reason="x")
    db.execute("update private.channel_events set created_at = now() - interval '31 days'")
    call(db, "private.upkeep")
    assert one(db, "select count(*) from private.channel_events") == 0


def test_agents_see_how_channels_fare_and_tell_none(db, channel):
    with acting(db, add_agent(db)):
        assert seen(db, "type", "waiting") == ("whatsapp", 1)
        with refused(db, "42501"):
            event(db, channel, "connected")
