"""Group commit and what an absent database means for the requests that wait."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from romashka.channels import build_channels
from romashka.channels.base import Inlet
from romashka.channels.errors import Unproven
from romashka.channels.events import InboundEvent
from romashka.channels.reading import read_events
from romashka.pools import open_pool
from romashka.settings import Settings
from tests.waiting import wait_until
from tests.webhooks.conftest import Site, registered_site, running_site, site_settings
from tests.webhooks.proxy import proxied
from tests.webhooks.senders import ACCOUNT, whatsapp_batch, whatsapp_body, whatsapp_change
from webhooks.door import Door
from webhooks.guard import Guard
from webhooks.ingest import Ingest
from webhooks.intake import Intake
from webhooks.parked import NotStored, Parked

MESSAGES = "select count(*) from public.messages where external_message_id is not null"


@pytest.fixture
def url(fresh_database: Callable[[], str]) -> str:
    return fresh_database()


@pytest.fixture
def pool(url: str) -> Iterator[ConnectionPool]:
    with closing(open_pool(url, name="test", wait_s=5)) as opened:
        yield opened


@pytest.fixture
def database(url: str) -> Iterator[Any]:
    with psycopg.connect(url, autocommit=True) as opened:
        yield opened


def parked(body: bytes = b"raw", channel: str = "whatsapp") -> Parked:
    return Parked(channel_type=channel, body=body, headers={}, events=[])


def count(database: Any, query: str = "select count(*) from private.inbound_events") -> int:
    return int(database.execute(query).fetchone()[0])


def store_all(intake: Intake, requests: list[Parked]) -> list[Exception | None]:
    def one(request: Parked) -> Exception | None:
        try:
            intake.store(request)
        except NotStored as error:
            return error
        return None

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(one, requests))


class Blocked:
    """Holds the raw requests' table, so that nothing can be stored meanwhile."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url)

    def __enter__(self) -> Blocked:
        self._connection.execute("lock table private.inbound_events in access exclusive mode")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def holds_one(self) -> bool:
        """Whether somebody stands before the lock."""
        return count(self._connection, "select count(*) from pg_locks where not granted") > 0


def test_waiting_requests_share_a_transaction(url: str, pool: Any, database: Any) -> None:
    intake = Intake(pool, lambda _: None)
    with closing(intake), ThreadPoolExecutor(50) as threads:
        with Blocked(url) as blocked:
            stored = [threads.submit(intake.store, parked())]
            wait_until(blocked.holds_one)
            stored += [threads.submit(intake.store, parked()) for _ in range(49)]
            wait_until(lambda: intake.waiting() == 49)
        for one in stored:
            one.result()
    assert count(database) == 50
    assert count(database, "select count(distinct xmin::text) from private.inbound_events") == 2


def test_a_single_request_does_not_wait_for_company(pool: Any) -> None:
    with closing(Intake(pool, lambda _: None)) as intake:

        def stored_after_s() -> float:
            started = time.perf_counter()
            intake.store(parked())
            return time.perf_counter() - started

        # The quickest of some: a busy machine may hold any one of them up.
        assert min(stored_after_s() for _ in range(5)) < 0.2


def test_channels_are_stored_apart(url: str, pool: Any, database: Any) -> None:
    requests = [parked(channel=("whatsapp", "website")[n % 2]) for n in range(10)]
    with closing(Intake(pool, lambda _: None)) as intake:
        assert store_all(intake, requests) == [None] * 10
    by_channel = "select channel_type, count(*) from private.inbound_events group by 1"
    assert dict(database.execute(by_channel).fetchall()) == {"whatsapp": 5, "website": 5}


def test_a_full_queue_refuses(url: str, pool: Any) -> None:
    intake = Intake(pool, lambda _: None, longest_queue=2)
    with closing(intake), ThreadPoolExecutor(3) as threads:
        with Blocked(url) as blocked:
            waiting = [threads.submit(intake.store, parked())]
            wait_until(blocked.holds_one)
            waiting += [threads.submit(intake.store, parked()) for _ in range(2)]
            wait_until(lambda: intake.waiting() == 2)
            with pytest.raises(NotStored, match="too many"):
                intake.store(parked())
        for one in waiting:
            one.result()


def test_a_request_that_waits_too_long_is_given_up(url: str, pool: Any, database: Any) -> None:
    intake = Intake(pool, lambda _: None, patience_s=0.2)
    with closing(intake):
        with Blocked(url) as blocked:
            first = threading.Thread(target=lambda: store_all(intake, [parked(b"first")]))
            first.start()
            wait_until(blocked.holds_one)
            with pytest.raises(NotStored, match="not stored within"):
                intake.store(parked(b"given up"))
            first.join()
        wait_until(lambda: not intake.waiting())
    bodies = database.execute("select body from private.inbound_events").fetchall()
    assert (b"given up",) not in bodies


def test_closing_stores_what_waits(url: str, pool: Any, database: Any) -> None:
    intake = Intake(pool, lambda _: None)
    with ThreadPoolExecutor(5) as threads:
        with Blocked(url) as blocked:
            waiting = [threads.submit(intake.store, parked())]
            wait_until(blocked.holds_one)
            waiting += [threads.submit(intake.store, parked()) for _ in range(4)]
            wait_until(lambda: intake.waiting() == 4)
            closer = threading.Thread(target=intake.close)
            closer.start()
        closer.join()
        for one in waiting:
            one.result()
    assert count(database) == 5
    with pytest.raises(NotStored):
        intake.store(parked())


def test_a_poison_request_in_a_batch_is_kept_alone(url: str) -> None:
    with registered_site(url) as site, ThreadPoolExecutor(4) as threads:
        site.database.execute(POISON)
        intake = site.client.application.extensions["web"].door.intake
        with Blocked(url) as blocked:
            answers = [threads.submit(site.message, "wamid.first")]
            wait_until(blocked.holds_one)
            for text in ("good", "poison", "also good"):
                answers.append(threads.submit(site.message, f"wamid.{text}", text=text))
            wait_until(lambda: intake.waiting() == 3)
        assert [answer.result().status_code for answer in answers] == [200] * 4
        assert site.one(MESSAGES) == 3
        failed = site.one("select error from private.inbound_events where state = 'failed'")
        assert str(failed).startswith("refused by the database: 22000")


def many(prefix: str, number: int) -> bytes:
    """One request with so many messages of so many customers."""
    change = whatsapp_change("")
    value = change["value"]
    (message,) = value["messages"]
    value["messages"] = [
        {**message, "id": f"wamid.{prefix}{n}", "from": f"4915{n:08d}"} for n in range(number)
    ]
    return whatsapp_batch(change)


def test_a_thousand_messages_in_one_request_are_taken(site: Site) -> None:
    assert site.post(many("many", 1000)).status_code == 200
    assert site.one(MESSAGES) == 1000
    kept = site.database.execute("select body, state, error from private.inbound_events")
    assert kept.fetchall() == [(many("many", 1000), "done", None)]


def test_neighbours_do_not_wait_for_a_large_request(site: Site) -> None:
    with ThreadPoolExecutor(2) as threads:
        large = threads.submit(site.post, many("large", 1500))
        wait_until(lambda: site.one(MESSAGES))
        assert site.message("wamid.neighbour").status_code == 200
        assert not large.done()
        assert large.result().status_code == 200
    assert site.one(MESSAGES) == 1501


HELD = """
create function public.hold_large() returns trigger language plpgsql as $$
begin
  if length(new.body) > 1048576 then
    perform pg_advisory_xact_lock(7);
  end if;
  return new;
end;
$$;
create trigger hold_large before insert on private.inbound_events
for each row execute function public.hold_large();
"""


def test_small_requests_do_not_wait_for_the_bytes_of_a_large_one(site: Site) -> None:
    site.database.execute(HELD)
    large = whatsapp_body("wamid.large", text="x" * 1_200_000)
    with ThreadPoolExecutor(1) as threads:
        site.database.execute("select pg_advisory_lock(7)")
        waiting = threads.submit(site.post, large)
        held = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        wait_until(lambda: site.one(held))
        assert site.message("wamid.small").status_code == 200
        assert not waiting.done()
        site.database.execute("select pg_advisory_unlock(7)")
        assert waiting.result().status_code == 200
    assert site.one(MESSAGES) == 2


SLOW = """
create function public.be_slow() returns trigger language plpgsql as $$
begin
  perform pg_sleep(0.02);
  return new;
end;
$$;
create trigger be_slow before insert on public.messages
for each row execute function public.be_slow();
"""


@pytest.fixture
def hurried(url: str) -> Iterator[tuple[Site, Intake]]:
    """A site, and an intake whose calls may take 0.4 s, over a database slow with messages."""
    hasty = open_pool(url, name="hasty", timeout_s=0.4, wait_s=2)
    with registered_site(url) as site, closing(hasty), closing(Intake(hasty, print)) as intake:
        site.database.execute(SLOW)
        yield site, intake


def read(body: bytes) -> Parked:
    events = read_events(
        "whatsapp", build_channels(site_settings(""))["whatsapp"].inlets[""], body, {}
    ).events
    return Parked(channel_type="whatsapp", body=body, headers={}, events=events)


def test_a_request_that_is_too_slow_is_stored_in_slices(hurried: tuple[Site, Intake]) -> None:
    site, intake = hurried
    assert store_all(intake, [read(many("slow", 60))]) == [None]
    assert site.one(MESSAGES) == 60
    assert site.database.execute(
        "select state, error, attempts > 1 from private.inbound_events"
    ).fetchall() == [("done", None, True)]


def test_a_batch_that_is_too_slow_is_halved(hurried: tuple[Site, Intake]) -> None:
    site, intake = hurried
    bodies = [whatsapp_body(f"wamid.{n}", customer=f"4915{n:08d}") for n in range(40)]
    with ThreadPoolExecutor(41) as threads:
        waiting = [threads.submit(intake.store, read(whatsapp_body("wamid.first")))]
        waiting += [threads.submit(intake.store, read(body)) for body in bodies]
        assert [one.exception() for one in waiting] == [None] * 41
    assert site.one(MESSAGES) == 41


def test_an_unfinished_request_says_so_and_a_retry_finishes_it(pool: Any, database: Any) -> None:
    database.execute("select private.register_channel('whatsapp', %s, 'x')", [ACCOUNT])
    request = read(many("half", 3))
    request.at_once = 2
    Ingest(pool, print).next_slice(request)
    states = "select state from private.inbound_events order by id"
    assert (count(database, MESSAGES), request.done.is_set()) == (2, False)
    assert database.execute(states).fetchall() == [("failed",)]
    with closing(Intake(pool, print)) as intake:
        intake.store(read(request.body))
    assert count(database, MESSAGES) == 3
    Ingest(pool, print).next_slice(request)
    assert database.execute(states).fetchall() == [("done",), ("done",)]
    assert (count(database, MESSAGES), request.done.is_set()) == (3, True)


POISON = """
create function public.refuse_poison() returns trigger language plpgsql as $$
begin
  if new.content = 'poison' then
    raise exception using errcode = '22000', message = 'poison';
  end if;
  return new;
end;
$$;
create trigger refuse_poison before insert on public.messages
for each row execute function public.refuse_poison();
"""


def test_a_hundred_identical_messages_are_one(site: Site) -> None:
    body = whatsapp_body("wamid.same")
    with ThreadPoolExecutor(100) as threads:
        answers = list(threads.map(lambda _: site.post(body).status_code, range(100)))
    assert answers == [200] * 100
    assert site.one(MESSAGES) == 1
    assert site.one("select count(*) from private.inbound_events") == 100


def test_killed_connections_cost_no_request(site: Site) -> None:
    site.message("wamid.before")
    site.database.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where application_name = 'webhooks' and datname = current_database()"
    )
    assert site.message("wamid.after").status_code == 200
    assert site.one(MESSAGES) == 2


def test_without_the_database_503_and_afterwards_200(url: str) -> None:
    with proxied(url) as (address, proxy), registered_site(address) as site:
        proxy.cut()
        answer = site.message("wamid.away")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert site.client.get("/healthz").status_code == 200
        assert site.client.get("/readyz").status_code == 503
        proxy.mend()
        wait_until(lambda: site.message("wamid.away").status_code == 200)


def test_the_application_starts_without_the_database(url: str) -> None:
    with proxied(url) as (address, proxy):
        proxy.cut()
        mend = threading.Timer(0.5, proxy.mend)
        mend.start()
        with running_site(address, look_at=url) as site:
            wait_until(lambda: site.message().status_code == 200)
        mend.join()


class Stumbling:
    """A channel whose parser has a fault."""

    type = "whatsapp"
    accounts = ("1",)
    longest_body = 100

    @property
    def inlets(self) -> dict[str, Inlet]:
        return {"": self}

    def verify(self, headers: Any, body: bytes) -> dict[str, str]:
        return {}

    def parse(self, body: bytes, kept: Any) -> list[InboundEvent]:
        raise KeyError("canary")

    async def send(self, message: Any) -> tuple[str, ...]:
        raise NotImplementedError

    async def close(self) -> None: ...


def test_a_fault_of_a_parser_keeps_the_request_for_replay(pool: Any, database: Any) -> None:
    with closing(Intake(pool, lambda _: None)) as intake:
        door = Door({"whatsapp": Stumbling()}, Guard(Settings()), intake)
        environ = {"wsgi.input": io.BytesIO(b"odd"), "CONTENT_LENGTH": "3"}
        answer, _ = door.receive(("whatsapp", ""), environ)
    assert answer.status == 200
    row = database.execute("select body, state, error from private.inbound_events").fetchone()
    assert row == (b"odd", "failed", "parser fault: KeyError")


class Unsure(Stumbling):
    """A channel that cannot look at what would prove a request."""

    def verify(self, headers: Any, body: bytes) -> dict[str, str]:
        raise Unproven("no certificate")


def test_a_request_that_cannot_be_proven_now_is_to_come_again(pool: Any) -> None:
    with closing(Intake(pool, lambda _: None)) as intake:
        door = Door({"whatsapp": Unsure()}, Guard(Settings()), intake)
        environ = {"wsgi.input": io.BytesIO(b"odd"), "CONTENT_LENGTH": "3"}
        answer, _ = door.receive(("whatsapp", ""), environ)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


def test_the_pulse_tells_that_the_process_lives(site: Site) -> None:
    query = "select count(*) from private.processes where kind = 'webhooks'"
    wait_until(lambda: site.one(query) == 1)


def test_the_pulse_hands_overdue_turns_over(site: Site) -> None:
    site.message("wamid.overdue")
    site.database.execute(
        "update private.reply_jobs set deadline = clock_timestamp() - interval '1 second'"
    )
    wait_until(
        lambda: site.one("select count(*) from public.conversations where ai_mode = 'human'")
    )
