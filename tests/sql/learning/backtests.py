"""How tests make turns of the past, and try settings on them."""

from __future__ import annotations

import random

from tests.sql.rows import acting, add_agent, call, rows, write_in

BODY = "Delivery takes two to four working days within the country, and a week abroad."
OTHER = "A refund reaches your bank account within fourteen days of the return of the goods."


def past(db, question="How long does delivery take?", said=None, **more):
    """A turn of the past that a person answered, if anything was said; gives the conversation."""
    phone = more.pop("phone", None) or str(random.randrange(10**9, 10**10))
    conversation = write_in(db, question, phone, **more)
    db.execute("update private.reply_jobs set state = 'cancelled', outcome = 'taken_over'")
    if said:
        with acting(db, add_agent(db)):
            call(db, "send_message", conversation, said)
    return conversation


def start(db, candidate=None, filter=None, limit=200):
    return call(db, "backtest", candidate or {}, filter or {}, limit)


def claim(db, limit=10):
    call(db, "private.heartbeat", "worker", "w1")
    return rows(db, "select private.claim_past_turns('w1', %s)", limit)


def tell(db, claimed, reply, worker="w1", took=100.0):
    turn = claimed["turn"]
    return call(
        db, "private.record_past_turn", turn["job_id"], worker, turn["attempt"], reply, took
    )


def report(db, backtest):
    return call(db, "get_backtest", backtest["id"])


def try_all(db, reply, candidate=None, **more):
    """Tries everything with one reply; gives the finished backtest."""
    backtest = start(db, candidate, **more)
    for claimed in claim(db):
        tell(db, claimed, reply)
    return report(db, backtest)
