"""Replaying kept requests, over a database without the rest of the system."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from console.problems import Problem
from console.replay import AT_ONCE, Which, describe, replay_all
from romashka.channels import build_channels
from romashka.pools import open_pool
from romashka.settings import Settings
from tests.webhooks.senders import ACCOUNT, APP_SECRET, whatsapp_body

CHANNELS = build_channels(
    Settings(whatsapp_phone_number_id=ACCOUNT, whatsapp_webhook_secret=(APP_SECRET,))
)


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
def database(url: str) -> Iterator[Any]:
    with psycopg.connect(url, autocommit=True) as opened:
        opened.execute("select private.register_channel('whatsapp', %s, 'x')", [ACCOUNT])
        yield opened


@pytest.fixture
def pool(url: str) -> Iterator[Any]:
    with closing(open_pool(url, name="test")) as opened:
        yield opened


def keep(database: Any, body: bytes, state: str = "failed", times: int = 1) -> int:
    """Keep a request so many times; gives the last one's id."""
    rows = database.execute(
        "insert into private.inbound_events (channel_type, body, state)"
        " select 'whatsapp', %s, %s from generate_series(1, %s) returning id",
        [body, state, times],
    ).fetchall()
    return int(rows[-1][0])


def failed(database: Any) -> list[Any]:
    query = "select error from private.inbound_events where state = 'failed'"
    return [row[0] for row in database.execute(query)]


def test_failures_behind_a_thousand_good_requests_are_found(pool: Any, database: Any) -> None:
    keep(database, b"{}", "done", times=1100)
    keep(database, whatsapp_body("wamid.late"))
    _, result = replay_all(pool, CHANNELS, Which(failed=True))
    assert (result["requests"], result["messages"]) == (1, 1)
    assert failed(database) == []


def test_every_page_is_replayed_once(pool: Any, database: Any) -> None:
    number = 2 * AT_ONCE + 1
    keep(database, b"no JSON", times=number)
    assert replay_all(pool, CHANNELS, Which(failed=True))[1]["requests"] == number
    query = "select distinct attempts from private.inbound_events"
    assert database.execute(query).fetchall() == [(2,)]


def test_a_fault_of_the_parser_does_not_end_the_replay(
    pool: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    whatsapp = CHANNELS["whatsapp"]
    parse = type(whatsapp).parse

    def stumble(self: Any, body: bytes, kept: Any) -> Any:
        if b"odd" in body:
            raise OverflowError("canary")
        return parse(self, body, kept)

    monkeypatch.setattr(type(whatsapp), "parse", stumble)
    keep(database, whatsapp_body("wamid.odd"))
    keep(database, whatsapp_body("wamid.sound"))
    assert replay_all(pool, CHANNELS, Which(failed=True))[1]["messages"] == 1
    assert failed(database) == ["parser fault: OverflowError"]


def test_a_request_that_other_options_leave_out_is_not_said_to_be_gone(
    pool: Any, database: Any
) -> None:
    kept = keep(database, whatsapp_body("wamid.left"))
    with pytest.raises(Problem, match=f"no request that the other .* is kept under {kept}"):
        replay_all(pool, CHANNELS, Which(ids=(kept,), since="2999-01-01"))


def test_a_request_that_is_not_kept_is_a_problem(pool: Any, database: Any) -> None:
    kept = keep(database, whatsapp_body("wamid.kept"))
    with pytest.raises(Problem, match="no request is kept under 999999"):
        replay_all(pool, CHANNELS, Which(ids=(kept, 999999)))
    assert failed(database) == []


def test_a_dry_run_says_what_would_change_and_changes_nothing(pool: Any, database: Any) -> None:
    number = keep(database, whatsapp_body("wamid.dry", text="Hello"))
    keep(database, b"no JSON")
    reports, sums = replay_all(pool, CHANNELS, Which(failed=True), dry_run=True)
    assert (sums["requests"], sums["messages"]) == (2, 1)
    assert [describe(report) for report in reports] == [
        f"request {number}: failed becomes done, 1 new message",
        "",
    ]
    assert reports[0]["messages"][0]["to"]["content"] == "Hello"
    for table in ("public.messages", "realtime.messages", "private.reply_jobs"):
        assert database.execute(f"select count(*) from {table}").fetchone() == (0,)
    assert len(failed(database)) == 2


def test_what_todays_parser_reads_otherwise_is_told_and_left(pool: Any, database: Any) -> None:
    keep(database, whatsapp_body("wamid.old", text="Hello"))
    replay_all(pool, CHANNELS, Which(failed=True))
    database.execute("update public.messages set content = 'Helo'")
    reports, sums = replay_all(pool, CHANNELS, Which(since="2000-01-01"))
    assert sums["read otherwise"] == 1
    assert reports[0]["reads_otherwise"][0]["content"] == "Hello"
    assert describe(reports[0]).endswith("reads otherwise")
    content = database.execute("select content from public.messages").fetchone()
    assert content == ("Helo",)


@pytest.mark.parametrize("until", ["2026-01-31", "2026-01-30T23:59Z"])
def test_times_between_which_nothing_lies_are_wrong_usage(pool: Any, until: str) -> None:
    with pytest.raises(Problem, match="nothing lies between") as caught:
        replay_all(pool, CHANNELS, Which(since="2026-01-31", until=until))
    assert caught.value.exit_code == 2
