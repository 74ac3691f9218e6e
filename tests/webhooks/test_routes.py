"""Everything but receiving: handshake, health, metrics, description and the form of errors."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from tests.waiting import wait_until
from tests.webhooks.conftest import Site
from tests.webhooks.senders import VERIFY_TOKEN
from webhooks import fresh, health
from webhooks.fresh import HALF_A_SECOND, Fresh


def handshake(site: Site, channel: str = "whatsapp", **change: str):
    parts = {"mode": "subscribe", "verify_token": VERIFY_TOKEN, "challenge": "1158201444", **change}
    query = urlencode({f"hub.{name}": value for name, value in parts.items()})
    return site.client.get(f"/webhooks/{channel}?{query}")


def test_the_handshake_echoes_the_challenge_as_plain_text(shared_site: Site) -> None:
    answer = handshake(shared_site)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"verify_token": "rose"}, 403),
        ({"verify_token": ""}, 403),
        ({"verify_token": "d\u00e4isy"}, 403),
        ({"mode": "unsubscribe"}, 403),
        ({"challenge": "<script>alert(1)</script>"}, 400),
        ({"channel": "website"}, 405),
        ({"channel": "pigeon"}, 404),
    ],
)
def test_a_handshake_that_is_not_ours(
    change: dict[str, str], status: int, shared_site: Site
) -> None:
    assert handshake(shared_site, **change).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/webhooks/pigeon", 404),
        ("POST", "/webhooks/telegram", 404),
        ("POST", "/webhooks/whatsapp/", 404),
        ("POST", "/webhooks/", 404),
        ("GET", "/", 404),
        ("GET", "/webhooks/%00", 404),
        ("GET", "/webhooks/..%2fhealthz", 405),
        ("PUT", "/webhooks/whatsapp", 405),
        ("DELETE", "/webhooks/whatsapp", 405),
        ("OPTIONS", "/webhooks/whatsapp", 405),
        ("POST", "/healthz", 405),
        ("OPTIONS", "/readyz", 405),
    ],
)
def test_what_is_not_there_is_a_problem_with_an_id(
    method: str, path: str, status: int, shared_site: Site
) -> None:
    answer = shared_site.client.open(path, method=method)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = json.loads(answer.data)
    assert problem["status"] == status
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_wrong_method_is_told_the_right_ones(shared_site: Site) -> None:
    assert shared_site.client.put("/webhooks/whatsapp").headers["Allow"] == "GET, HEAD, POST"


def test_health_needs_nothing(shared_site: Site) -> None:
    answer = shared_site.client.get("/healthz")
    assert (answer.status_code, answer.get_json()) == (200, {"status": "ok"})


def test_without_a_worker_it_is_not_ready(site: Site) -> None:
    answer = site.client.get("/readyz")
    report = json.loads(answer.data)
    assert answer.status_code == 503
    assert report["reasons"] == ["no worker was heard of within 5 s"]


def test_with_a_living_worker_it_is_ready(site: Site) -> None:
    site.database.execute("select private.heartbeat('worker', 'w1', '{}')")
    answer = site.client.get("/readyz")
    report = json.loads(answer.data)
    assert (answer.status_code, report["reasons"]) == (200, [])
    assert {channel["type"] for channel in report["channels"]} == {"whatsapp", "website"}


def test_readiness_names_neither_machines_nor_accounts(site: Site) -> None:
    state = '{"pid": 7, "model": "the-model"}'
    site.database.execute(f"select private.heartbeat('worker', 'worker@the-host:7', '{state}')")
    site.database.execute("update public.channels set status_reason = 'no user 106500000000001'")
    answer = site.client.get("/readyz")
    assert answer.status_code == 200
    assert not [
        word for word in ("the-host", "the-model", "106500000000001") if word in answer.text
    ]
    (worker,) = answer.get_json()["workers"]
    assert sorted(worker) == ["age_ms", "id", "pid"]
    assert (len(worker["id"]), worker["pid"]) == (8, 7)


def test_a_hundred_who_ask_at_once_share_one_answer() -> None:
    asked: list[int] = []
    begun = threading.Barrier(100)

    def ask() -> int:
        asked.append(1)
        return len(asked)

    fresh = Fresh(ask, lambda _: 60)

    def one(_: int) -> int:
        begun.wait()
        return fresh()

    with ThreadPoolExecutor(100) as threads:
        assert set(threads.map(one, range(100))) == {1}
    assert asked == [1]


def test_an_old_answer_is_asked_for_again() -> None:
    answers = iter(range(3))
    fresh = Fresh(lambda: next(answers), lambda _: 0)
    assert [fresh(), fresh()] == [0, 1]


@pytest.mark.parametrize("path", ["/readyz", "/metrics"])
def test_who_looks_twice_asks_the_database_once(
    path: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (fresh, health):
        monkeypatch.setattr(module, "HALF_A_SECOND", 60.0)
    site.database.execute("select private.heartbeat('worker', 'w1', '{}')")
    site.client.get(path)
    site.database.execute("drop function private.readiness, private.queue_metrics cascade")
    assert "no migrations" not in site.client.get(path).text
    assert "romashka_database_up 0.0" not in site.client.get(path).text


def test_that_it_is_ready_is_seen_at_once_by_who_was_told_that_it_is_not(site: Site) -> None:
    def seen_after_s() -> float:
        site.database.execute("delete from private.processes")
        wait_until(lambda: site.client.get("/readyz").status_code == 503)
        site.database.execute("select private.heartbeat('worker', 'w1', '{}')")
        began = time.monotonic()
        wait_until(lambda: site.client.get("/readyz").status_code == 200)
        return time.monotonic() - began

    # The quickest of some: a busy machine may hold any one of them up.
    assert min(seen_after_s() for _ in range(5)) < HALF_A_SECOND / 2


def test_a_worker_silent_for_five_seconds_does_not_count(site: Site) -> None:
    site.database.execute("select private.heartbeat('worker', 'w1', '{}')")
    site.database.execute(
        "update private.processes set seen_at = clock_timestamp() - interval '6 seconds'"
        " where name = 'w1'"
    )
    assert site.client.get("/readyz").status_code == 503


def test_a_database_without_migrations_is_not_ready(site: Site) -> None:
    site.database.execute("drop function private.readiness")
    report = json.loads(site.client.get("/readyz").data)
    assert report["reasons"] == ["the database has no migrations yet"]


def test_metrics_count_requests_and_queues(site: Site) -> None:
    site.message("wamid.metric")
    text = site.client.get("/metrics").text
    assert 'romashka_webhook_requests_total{channel="whatsapp",status="200"}' in text
    assert 'romashka_webhook_stored_total{outcome="messages"}' in text
    assert "romashka_database_up 1.0" in text
    assert "romashka_queue_reply_jobs 1.0" in text


def test_metrics_are_there_without_the_database(site: Site) -> None:
    site.database.execute("drop function private.queue_metrics cascade")
    assert "romashka_database_up 0.0" in site.client.get("/metrics").text


def test_the_description_names_every_route_and_channel(shared_site: Site) -> None:
    document = json.loads(shared_site.client.get("/openapi.json").data)
    assert document["openapi"] == "3.1.0"
    served = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in shared_site.client.application.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}
    assert described == served
    (parameter,) = document["paths"]["/webhooks/{channel}"]["post"]["parameters"]
    assert parameter["schema"]["enum"] == ["website", "whatsapp"]


def test_a_fault_of_ours_shows_nothing_but_an_id(
    shared_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(shared_site.client.application.extensions, "web")
    answer = shared_site.client.get("/readyz")
    assert answer.status_code == 500
    assert sorted(json.loads(answer.data)) == ["detail", "request_id", "status", "title", "type"]
    assert "KeyError" not in answer.text
