"""What follows from what a platform says of our account when it is asked (R70, R76)."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.sql.delivery.fallbacks import answered
from tests.sql.rows import call, one, refused, rows

OURS = "https://shop.example.com/webhooks/telegram"


@pytest.fixture
def channel(db):
    return call(db, "private.register_channel", "telegram", "110", "Bot")


@pytest.fixture
def registered(db, channel):
    call(db, "private.keep_webhook", channel, OURS)
    return channel


def check(db, channel, state="valid", why=None, **webhook):
    told = {"waiting": 0, **webhook} if webhook else None
    found = {"state": state, "error": why, "webhook": told}
    result = call(db, "private.record_check", channel, found)
    call(db, "private.upkeep")
    return result


def seen(db, *columns):
    query = f"select {', '.join(columns)} from channel_status where type = 'telegram'"
    return db.execute(query).fetchone()


def alerts(db, kind="channel"):
    query = "select severity from alerts where kind = %s and resolved_at is null"
    return [found for (found,) in db.execute(query, [kind])]


def soon(db):
    """In how many seconds the account is asked again."""
    return one(db, "select round(extract(epoch from check_at - now())) from channels")


def ago(**past):
    return (datetime.now(UTC) - timedelta(**past)).isoformat()


def test_good_access_is_shown_with_its_time_and_asked_for_again_in_five_minutes(db, channel):
    assert check(db, channel) == {"fault": None, "register": None}
    assert seen(db, "status", "token_state", "checked_at > now() - interval '9 s'") == (
        "connected",
        "valid",
        True,
    )
    assert 290 < soon(db) < 310


def test_refused_access_is_shown_alerted_and_mended(db, channel):
    result = check(db, channel, "invalid", "401 Unauthorized")
    assert result == {"fault": "401 Unauthorized", "register": None}
    assert seen(db, "token_state", "last_error") == ("invalid", "401 Unauthorized")
    assert alerts(db, "token") == ["critical"]
    assert 25 < soon(db) < 35
    check(db, channel)
    assert (seen(db, "token_state"), alerts(db, "token")) == (("valid",), [])
    assert rows(db, "select data ->> 'state' from private.channel_events where kind = 'token'") == [
        "invalid",
        "valid",
    ]


def test_access_that_is_good_again_lets_the_queue_follow(db, channel):
    check(db, channel, "invalid", "401 Unauthorized")
    call(db, "private.block_channel", channel, "401 Unauthorized")
    check(db, channel)
    assert seen(db, "status", "retry_at") == ("connected", None)


def test_good_access_does_not_free_an_account_whose_sends_are_refused(db, channel):
    check(db, channel)
    call(db, "private.block_channel", channel, "131042 payment")
    check(db, channel)
    assert seen(db, "status", "retry_at is not null") == ("disconnected", True)


def test_a_known_end_of_access_stays_known(db, channel):
    end = datetime.now(UTC) + timedelta(days=3)
    news = {"state": "valid", "expires_at": end.isoformat()}
    call(db, "private.record_channel_event", channel, "token", news)
    check(db, channel)
    assert seen(db, "token_state", "token_expires_at") == ("expiring", end)
    check(db, channel, "invalid", "190")
    check(db, channel)
    assert seen(db, "token_state", "token_expires_at") == ("expiring", end)


def test_a_platform_that_is_silent_three_times_degrades_the_channel(db, channel):
    check(db, channel)
    for times in range(1, 4):
        check(db, channel, "silent", "ConnectTimeout")
        assert seen(db, "status", "token_state") == (
            "degraded" if times == 3 else "connected",
            "valid",
        )
    assert alerts(db) == ["warning"]
    check(db, channel)
    assert (seen(db, "status"), alerts(db)) == (("connected",), [])


def test_a_webhook_that_is_gone_is_to_be_registered_again(db, registered):
    result = check(db, registered, url="")
    assert result["register"] == OURS
    assert seen(db, "status", "lost_at is not null") == ("disconnected", True)
    assert alerts(db) == ["critical"]
    assert check(db, registered, url=OURS) == {"fault": None, "register": None}
    assert (seen(db, "status", "lost_at"), alerts(db)) == (("connected", None), [])


def test_a_webhook_is_lost_since_it_was_first_missed(db, registered):
    check(db, registered, url="")
    db.execute("update channels set lost_at = '2026-01-01'")
    check(db, registered, url="")
    assert seen(db, "lost_at = '2026-01-01'") == (True,)


def test_one_that_we_never_registered_is_told_with_the_command(db, channel):
    result = check(db, channel, url="")
    assert result["register"] is None
    assert "romashka channel register telegram" in result["fault"]
    assert alerts(db) == ["critical"]


def test_a_webhook_that_somebody_moved_is_told_without_its_path_and_left(db, registered):
    result = check(db, registered, url="https://other.example.com/a-secret-path")
    assert result["register"] is None
    assert "https://other.example.com instead of" in result["fault"]
    assert "a-secret-path" not in result["fault"]
    assert seen(db, "status") == ("disconnected",)
    call(db, "private.keep_webhook", registered, "https://other.example.com/a-secret-path")
    assert check(db, registered, url="https://other.example.com/a-secret-path")["fault"] is None
    assert seen(db, "status") == ("connected",)


def test_an_address_that_nobody_told_us_is_taken_as_it_is(db, channel):
    assert check(db, channel, url="https://somewhere.example.com")["fault"] is None


def test_updates_that_do_not_get_through_degrade_the_channel(db, registered):
    wrong = {"url": OURS, "error": "Wrong response from the webhook: 401 Unauthorized"}
    for _ in range(3):
        result = check(db, registered, **wrong, waiting=7, error_at=ago(seconds=20))
    assert result == {
        "fault": f"7 webhooks wait, the last one failed: {wrong['error']}",
        "register": None,
    }
    assert seen(db, "status", "lost_at") == ("degraded", None)
    assert alerts(db) == ["warning"]
    assert check(db, registered, **wrong, error_at=ago(seconds=20))["fault"] is None
    assert (seen(db, "status"), alerts(db)) == (("connected",), [])


def test_an_error_before_the_newest_customer_is_over(db, registered):
    db.execute("update channels set last_in_at = now()")
    error = {"error": "timed out", "error_at": ago(minutes=3)}
    assert check(db, registered, url=OURS, waiting=1, **error)["fault"] is None


def test_a_check_is_nobodys_twice_and_a_start_asks_all(db, channel):
    answered(db)
    claim = ["private.claim_checks", ["telegram"], ["110"]]
    assert call(db, *claim)["account"] == "110"
    assert call(db, *claim) is None
    assert call(db, *claim, True)["account"] == "110"
    db.execute("update channels set is_enabled = false")
    assert call(db, *claim, True) is None


@pytest.mark.parametrize("of", [(["whatsapp"], ["110"]), (["telegram"], ["111"])])
def test_a_check_is_for_who_has_the_account(db, channel, of):
    assert call(db, "private.claim_checks", *of, True) is None


def test_what_makes_no_sense_is_refused(db, channel):
    for state in ("blue", None):
        with refused(db, "PT400"):
            call(db, "private.record_check", channel, {"state": state})
    with refused(db, "PT404"):
        call(db, "private.record_check", uuid.uuid4(), {"state": "valid"})
    with refused(db, "PT404"):
        call(db, "private.keep_webhook", uuid.uuid4(), OURS)
