"""What is done every few seconds, and what can be asked of the whole."""

from __future__ import annotations

from tests.sql.rows import (
    acting,
    add_agent,
    call,
    ingest,
    message,
    one,
    receipt,
    refused,
    rows,
    write_in,
)


def test_raw_requests_go_after_their_time(db):
    write_in(db)
    ingest(db, receipt("wamid.never", "sent"), message(account="nobody"))
    assert call(db, "private.upkeep")["expired"] == 0
    db.execute("update private.inbound_events set received_at = now() - interval '31 days'")
    db.execute("update private.receipts set received_at = now() - interval '31 days'")
    db.execute(
        "insert into private.processes (name, kind, seen_at)"
        " values ('old', 'worker', now() - interval '2 days')"
    )
    assert call(db, "private.upkeep")["expired"] == 2
    for table in ("inbound_events", "receipts", "processes", "rejected_items"):
        assert one(db, f"select count(*) from private.{table}") == 0
    assert one(db, "select count(*) from messages") == 1


def test_receipts_of_today_wait_for_their_message(db):
    write_in(db)
    ingest(db, receipt("wamid.early", "sent"))
    call(db, "private.upkeep")
    assert one(db, "select count(*) from private.receipts") == 1


def test_readiness_shows_workers_queues_and_channels(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    ingest(db, message(account="nobody"))
    call(db, "private.heartbeat", "worker", "w1", {"turns": 0})
    call(db, "private.heartbeat", "webhooks", "web1")
    found = call(db, "private.readiness")
    assert [worker["name"] for worker in found["workers"]] == ["w1"]
    assert found["workers"][0]["age_ms"] < 60_000
    assert found["queues"]["deliveries"] == 1
    assert found["dead_letters"] == 1
    [channel] = found["channels"]
    assert channel.pop("last_in_at") is None
    assert channel == {
        "type": "whatsapp",
        "account": "shop",
        "status": "unknown",
        "status_reason": None,
        "last_out_at": None,
        "last_error_at": None,
        "token_state": "unknown",
    }
    assert len(found["migration"]) == 14


def test_queues_are_counted(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "Good day")
    write_in(db, phone="49222")
    figures = call(db, "private.queue_metrics")
    assert (figures["reply_jobs"], figures["deliveries"], figures["open_alerts"]) == (1, 1, 0)
    assert figures["oldest_delivery_ms"] >= 0


def test_these_are_for_our_own_processes(db):
    with acting(db, add_agent(db)):
        for function in ("upkeep", "sweep", "readiness", "queue_metrics"):
            with refused(db, "42501"):
                call(db, f"private.{function}")


def test_visitors_have_no_dead_letters(db):
    ingest(db, message(account="nobody"))
    with acting(db, add_agent(db)):
        assert rows(db, "select kind from dead_letters") == ["item"]
