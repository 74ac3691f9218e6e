"""The real server: slow senders, large bodies, killed workers, a clean end."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
import pytest

from local.databases import clone_database, drop_database
from local.postgres import Postgres
from tests.sql.rows import ingest, message
from tests.waiting import wait_until
from tests.web import WEB
from tests.webhooks.gunicorns import Gunicorn, running_gunicorn
from tests.webhooks.proxy import proxied
from tests.webhooks.senders import ACCOUNT, APP_SECRET, meta_signed, whatsapp_body

MESSAGES = "select count(*) from public.messages where external_message_id like %s"


@pytest.fixture(scope="module")
def url(server: Postgres, migrated_template: str) -> Iterator[str]:
    yield clone_database(server, migrated_template, "gunicorn_tests")
    drop_database(server, "gunicorn_tests")


@pytest.fixture(scope="module")
def gunicorn(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    directory = tmp_path_factory.mktemp("gunicorn")
    with running_gunicorn(url, directory, WEBHOOK_BODY_TIMEOUT_S="2") as running:
        yield running


def stored(url: str, like: str) -> Any:
    with psycopg.connect(url) as connection:
        row = connection.execute(MESSAGES, [like]).fetchone()
    return row[0] if row else None


def raw(gunicorn: Gunicorn, data: bytes) -> bytes:
    """Send bytes as they are and read what comes until the end."""
    with socket.create_connection(("127.0.0.1", gunicorn.port), timeout=15) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    return answer


def head(*lines: str) -> bytes:
    first = ("POST /webhooks/whatsapp HTTP/1.1", "Host: x", "Connection: close")
    return "\r\n".join([*first, *lines, "", ""]).encode("latin-1")


def large_body(size: int) -> bytes:
    return whatsapp_body(f"wamid.large{size}", text="x" * size)


def test_a_signed_message_is_stored(gunicorn: Gunicorn, url: str) -> None:
    assert gunicorn.post(whatsapp_body("wamid.first")).status_code == 200
    # The first one may come before the channel is registered, and is then taken in a beat later.
    wait_until(lambda: stored(url, "wamid.first") == 1)


FROZEN = """
with frozen as (
  insert into private.processes (name, kind, seen_at)
  values ('frozen', 'worker', now() + '1 minute')
), held as (
  select id, row_number() over () as place from private.reply_jobs where outcome is null
)
update private.reply_jobs set state = 'running', worker = 'frozen',
  deadline = clock_timestamp() + '1.5 seconds' + held.place * interval '0.1 seconds'
from held where held.id = reply_jobs.id
"""


@pytest.mark.alone
def test_turns_of_a_worker_that_froze_just_now_go_to_people_in_time(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    url = fresh_database()
    with psycopg.connect(url) as connection:
        ingest(connection, *(message("Hello", f"49151100000{number:02}") for number in range(12)))
        connection.commit()
    with running_gunicorn(url, tmp_path), psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FROZEN)
        ended = "select count(*) = 12, bool_and(finished_at <= deadline) from private.reply_jobs"
        ended += " where outcome = 'handed_over'"
        wait_until(lambda: (connection.execute(ended).fetchone() or [False])[0])
        assert (connection.execute(ended).fetchone() or [])[1] is True


def test_what_came_before_its_account_was_registered_is_taken_in(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    url = fresh_database()
    with psycopg.connect(url) as connection:
        ingest(connection, message(account=ACCOUNT, external_id="wamid.early"))
    assert stored(url, "wamid.early") == 0
    with running_gunicorn(url, tmp_path):
        wait_until(lambda: stored(url, "wamid.early") == 1)


def test_three_megabytes_are_taken(gunicorn: Gunicorn, url: str) -> None:
    assert gunicorn.post(large_body(3_000_000)).status_code == 200
    assert stored(url, "wamid.large3000000") == 1


def test_five_megabytes_are_too_many(gunicorn: Gunicorn) -> None:
    assert gunicorn.post(large_body(5_000_000)).status_code == 413


@pytest.mark.parametrize(("size", "status"), [(3_000_000, 200), (5_000_000, 413)])
def test_the_limit_holds_for_chunked_bodies(gunicorn: Gunicorn, size: int, status: int) -> None:
    body = large_body(size)
    chunks = (body[start : start + 100_000] for start in range(0, len(body), 100_000))
    address = f"{gunicorn.url}/webhooks/whatsapp"
    answer = WEB.post(address, content=chunks, headers=meta_signed(body), timeout=20)
    assert answer.status_code == status


def test_a_body_that_ends_early_is_refused(gunicorn: Gunicorn) -> None:
    body = whatsapp_body("wamid.cut")
    signature = meta_signed(body[:50])["X-Hub-Signature-256"]
    lines = (f"X-Hub-Signature-256: {signature}", f"Content-Length: {len(body)}")
    assert raw(gunicorn, head(*lines) + body[:50]).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Content-Length: 2", "Transfer-Encoding: chunked"], b"400"),
        (["Content-Length: 2", "Content-Length: 3"], b"400"),
        (["Content-Length: -1"], b"400"),
        (["Content-Length: 0x2"], b"400"),
        (["Content-Length: 2", "X-Hub-Signature-256: sha256=\xe9"], b"401"),
        (["Content-Length: 2", f"X: {'x' * 10_000}"], b"431"),
        (["Content-Length: 2", *[f"X-{n}: 1" for n in range(200)]], b"431"),
    ],
    ids=range(7),
)
def test_odd_requests_are_refused(gunicorn: Gunicorn, lines: list[str], status: bytes) -> None:
    assert raw(gunicorn, head(*lines) + b"{}").split(b" ", 2)[1] == status


CHUNKED = ("Transfer-Encoding: chunked",)


@pytest.mark.parametrize(
    "body",
    [
        b"ZZ\r\n",
        b"2\r\n{}ZZ",
        b"-1\r\n",
        b"5;\x00\r\nhello\r\n0\r\n\r\n",
        b"0\r\nbad trailer\r\n\r\n",
        b"0\r\n" + b"x" * 300_000,
        b"f" * 9000,
        b"2\r\n{",
    ],
    ids=range(8),
)
def test_malformed_chunks_are_refused(gunicorn: Gunicorn, body: bytes) -> None:
    assert raw(gunicorn, head(*CHUNKED) + body).startswith(b"HTTP/1.1 400")
    assert "Traceback" not in gunicorn.log.read_text()


@pytest.mark.parametrize(
    "line",
    [
        "Content-Length: \xb2",
        "Content-Length: " + "9" * 5000,
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: \xe9",
        "webhook-timestamp: 1e400",
        "webhook-timestamp: " + "9" * 5000,
        "X-Forwarded-For: \xe9, ::ffff:1.2.3.4%x",
        "Expect: odd",
        "Host: [::1",
    ],
    ids=range(9),
)
@pytest.mark.parametrize("channel", ["whatsapp", "website", "pigeon"])
def test_no_header_is_a_fault_of_ours(gunicorn: Gunicorn, channel: str, line: str) -> None:
    lines = (f"POST /webhooks/{channel} HTTP/1.1", "Connection: close", line)
    signed = ("webhook-id: 1", "webhook-signature: v1,AAAA", "webhook-timestamp: 9" + "9" * 30)
    sent = "\r\n".join([*lines, *signed, "", ""]).encode("latin-1")
    assert raw(gunicorn, sent).split(b" ", 2)[1] in (b"400", b"401", b"404", b"417", b"501")


def test_two_signatures_are_none(gunicorn: Gunicorn) -> None:
    signature = meta_signed(b"{}")["X-Hub-Signature-256"]
    line = f"X-Hub-Signature-256: {signature}"
    assert b" 401 " in raw(gunicorn, head(line, line, "Content-Length: 2") + b"{}")


def test_the_server_does_not_name_itself(gunicorn: Gunicorn) -> None:
    assert "gunicorn" not in str(gunicorn.health().headers).lower()


def test_five_hundred_slow_senders_stop_nobody(gunicorn: Gunicorn, url: str) -> None:
    starts = (head()[:-2], head("Content-Length: 1000") + b"{")
    with ExitStack() as open_sockets:
        for number in range(500):
            connection = socket.create_connection(("127.0.0.1", gunicorn.port))
            open_sockets.enter_context(connection)
            connection.sendall(starts[number % 2])
        started = time.perf_counter()
        for number in range(10):
            assert gunicorn.health().status_code == 200
            assert gunicorn.post(whatsapp_body(f"wamid.slow{number}")).status_code == 200
        assert time.perf_counter() - started < 5.0
    assert stored(url, "wamid.slow%") == 10


def test_a_body_that_trickles_is_cut(gunicorn: Gunicorn) -> None:
    with socket.create_connection(("127.0.0.1", gunicorn.port), timeout=15) as connection:
        connection.sendall(head("Content-Length: 1000") + b"{")
        assert b" 408 " in connection.recv(1000)


def test_the_log_has_figures_and_no_contents(gunicorn: Gunicorn) -> None:
    body = whatsapp_body("wamid.canary-id", text="canary text", customer="4917770009999")
    request_id = gunicorn.post(body).headers["X-Request-Id"]
    (line,) = (one for one in gunicorn.log_lines() if one.get("request_id") == request_id)
    assert (line["channel"], line["status"], line["events"]) == ("whatsapp", 200, 1)
    log = gunicorn.log.read_text()
    assert not [word for word in ("canary", "4917770009999", APP_SECRET, "sha256=") if word in log]


def test_metrics_add_up_over_the_workers(gunicorn: Gunicorn) -> None:
    def posted() -> float:
        text = WEB.get(f"{gunicorn.url}/metrics").text
        line = next(one for one in text.splitlines() if 'status="200"' in one)
        return float(line.split()[-1])

    gunicorn.post(whatsapp_body("wamid.metric"))
    before = posted()
    for number in range(10):
        gunicorn.post(whatsapp_body(f"wamid.metric{number}"))
    assert posted() - before == 10


def test_a_hundred_identical_messages_at_once_are_one(gunicorn: Gunicorn, url: str) -> None:
    body = whatsapp_body("wamid.same")
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: gunicorn.post(body).status_code, range(100)))
    assert answers == [200] * 100
    assert stored(url, "wamid.same") == 1


def test_every_worker_tells_that_it_lives(gunicorn: Gunicorn, url: str) -> None:
    names = {f":{worker.pid}" for worker in gunicorn.workers()}
    query = "select name from private.processes where kind = 'webhooks'"
    with psycopg.connect(url, autocommit=True) as connection:
        wait_until(
            lambda: names <= {f":{row[0].rpartition(':')[2]}" for row in connection.execute(query)}
        )


def test_a_killed_worker_loses_no_message(gunicorn: Gunicorn, url: str) -> None:
    def send(number: int) -> int:
        """As a platform does: again until it is taken."""
        body = whatsapp_body(f"wamid.kill{number:03d}")
        for _ in range(20):
            try:
                status = gunicorn.post(body).status_code
            except httpx.TransportError:
                continue
            if status == 200:
                return status
        return 0

    with ThreadPoolExecutor(8) as threads:
        answers = [threads.submit(send, number) for number in range(200)]
        wait_until(lambda: sum(one.done() for one in answers) > 20)
        gunicorn.workers()[0].send_signal(signal.SIGKILL)
        assert {one.result() for one in answers} == {200}
    assert stored(url, "wamid.kill%") == 200
    wait_until(lambda: len(gunicorn.workers()) == 2)


def test_without_the_database_503_then_200_again(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    url = fresh_database()
    with proxied(url) as (address, proxy), running_gunicorn(address, tmp_path) as gunicorn:
        wait_until(lambda: gunicorn.post(whatsapp_body("wamid.0")).status_code == 200)
        proxy.cut()
        with ThreadPoolExecutor(20) as threads:
            bodies = [whatsapp_body(f"wamid.away{number}") for number in range(20)]
            answers = list(threads.map(gunicorn.post, bodies))
        assert {answer.status_code for answer in answers} == {503}
        assert {answer.headers["Retry-After"] for answer in answers} == {"2"}
        assert gunicorn.health().status_code == 200
        proxy.mend()
        began = time.perf_counter()
        wait_until(lambda: gunicorn.post(whatsapp_body("wamid.back")).status_code == 200)
        assert time.perf_counter() - began < 5.0
        outages = [one for one in gunicorn.log_lines() if one["event"] == "database_away"]
        assert len(outages) <= len(gunicorn.workers())


def test_idle_connections_do_not_delay_the_end(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    with running_gunicorn(fresh_database(), tmp_path) as gunicorn, httpx.Client() as client:
        assert client.get(f"{gunicorn.url}/healthz").status_code == 200
        body = whatsapp_body("wamid.under-way")
        with socket.create_connection(("127.0.0.1", gunicorn.port), timeout=15) as under_way:
            signature = meta_signed(body)["X-Hub-Signature-256"]
            lines = (f"X-Hub-Signature-256: {signature}", f"Content-Length: {len(body)}")
            under_way.sendall(head(*lines) + body[:50])
            began = time.perf_counter()
            gunicorn.process.terminate()
            wait_until(lambda: time.perf_counter() - began > 1.0)
            under_way.sendall(body[50:])
            assert b" 200 " in under_way.recv(1000)
        assert gunicorn.process.wait(10) == 0
        assert time.perf_counter() - began < 4.5


def test_figures_of_a_killed_server_do_not_outlive_the_next_start(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    figures = tmp_path / "state" / "metrics"
    figures.mkdir(parents=True)
    (figures / "counter_1.db").write_bytes(b"of a server that was killed")
    with running_gunicorn(fresh_database(), tmp_path, METRICS_DIR=str(figures)) as gunicorn:
        assert gunicorn.post(whatsapp_body()).status_code == 200
        assert "counter_1.db" not in [path.name for path in figures.iterdir()]
        assert not list(tmp_path.glob("romashka-metrics-*"))


def test_it_stops_cleanly_and_leaves_nothing(
    fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    url = fresh_database()
    with running_gunicorn(url, tmp_path) as gunicorn:
        gunicorn.post(whatsapp_body())
        family = [psutil.Process(gunicorn.process.pid), *gunicorn.workers()]
        gunicorn.process.terminate()
        assert gunicorn.process.wait(10) == 0
    assert not [one for one in family if one.is_running()]
    assert [path.name for path in tmp_path.iterdir()] == ["gunicorn.log"]
    query = "select count(*) from pg_stat_activity where application_name = 'webhooks'"
    with psycopg.connect(url, autocommit=True) as connection:
        mine = f"{query} and datname = current_database()"
        wait_until(lambda: connection.execute(mine).fetchone() == (0,))
