"""What admins set for a channel holds for its webhooks within a second, beside the global rules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.waiting import wait_until
from tests.webhooks.conftest import Site
from tests.webhooks.gunicorns import running_gunicorn
from tests.webhooks.senders import site_body, site_signed, whatsapp_body

LISTED = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.9"}}


def set_rule(site: Site, rule: str, learned: Callable[[], bool]) -> None:
    """Changes the WhatsApp channel as an admin does, and waits until the process knows."""
    change = f"update public.channels set {rule} where type = 'whatsapp'"
    wait_until(lambda: site.database.execute(change).rowcount)
    wait_until(learned)


def rules(site: Site):
    return site.client.application.extensions["web"].guard.channels


def test_an_address_that_is_not_listed_for_the_channel_gets_403(site: Site) -> None:
    assert site.message("wamid.1").status_code == 200
    rule = "allowed_addresses = '{203.0.113.0/24, 2001:db8::/32}'"
    set_rule(site, rule, lambda: len(rules(site).networks("whatsapp")) == 2)
    assert site.message("wamid.2").status_code == 403
    handshake = "/webhooks/whatsapp?hub.mode=subscribe&hub.challenge=1&hub.verify_token=x"
    assert site.client.get(handshake).status_code == 403
    assert "address" in site.client.get(handshake).json["detail"]
    assert site.post(whatsapp_body("wamid.3"), **LISTED).status_code == 200
    body = site_body()
    answer = site.client.post("/webhooks/website", data=body, headers=site_signed(body))
    assert answer.status_code == 200


def test_one_account_without_a_list_keeps_the_door_open(site: Site) -> None:
    site.database.execute("select private.register_channel('whatsapp', 'second', 'Second')")
    rule = "allowed_addresses = '{203.0.113.0/24}', rate_per_minute = 9"
    site.database.execute(f"update public.channels set {rule} where account <> 'second'")
    assert site.one("select private.channel_guards() -> 'whatsapp'") == {
        "addresses": [],
        "rate": None,
    }
    site.database.execute(f"update public.channels set {rule}")
    assert site.one("select private.channel_guards() -> 'whatsapp'") == {
        "addresses": ["203.0.113.0/24", "203.0.113.0/24"],
        "rate": 18,
    }


def test_more_than_the_channels_rate_is_429_and_lost_nowhere(site: Site) -> None:
    set_rule(site, "rate_per_minute = 2", lambda: rules(site).rate("whatsapp") is not None)
    for _ in range(5):
        assert site.client.post("/webhooks/whatsapp", data=b"{}").status_code == 401
    answers = [site.message(f"wamid.{number}") for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    set_rule(site, "rate_per_minute = null", lambda: rules(site).rate("whatsapp") is None)
    assert site.message("wamid.2").status_code == 200


def test_rules_are_learned_where_the_database_does_not_say_when_a_turn_runs_out(
    site: Site,
) -> None:
    site.database.execute(
        "create or replace function private.sweep() returns jsonb language sql"
        " set search_path = '' as $$ select '{\"handed_over\": 0}'::jsonb $$"
    )
    set_rule(site, "rate_per_minute = 2", lambda: rules(site).rate("whatsapp") is not None)
    # A beat that was under way may have learned that one; this one needs a whole beat.
    set_rule(site, "rate_per_minute = null", lambda: rules(site).rate("whatsapp") is None)


def test_a_real_server_keeps_the_channels_rules(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    url = fresh_database()
    with (
        running_gunicorn(url, tmp_path, WEBHOOK_WORKERS="1") as gunicorn,
        psycopg.connect(url, autocommit=True) as database,
    ):
        assert gunicorn.post(whatsapp_body("wamid.1")).status_code == 200
        strange = "update public.channels set allowed_addresses = '{203.0.113.0/24}'"
        # The server makes its accounts known within its first second, maybe after the message.
        wait_until(lambda: database.execute(strange).rowcount)
        wait_until(lambda: gunicorn.post(whatsapp_body("wamid.1")).status_code == 403)
        database.execute("update public.channels set allowed_addresses = '{127.0.0.0/8}'")
        wait_until(lambda: gunicorn.post(whatsapp_body("wamid.1")).status_code == 200)
        database.execute("update public.channels set rate_per_minute = 1")
        wait_until(lambda: gunicorn.post(whatsapp_body("wamid.1")).status_code == 429)
