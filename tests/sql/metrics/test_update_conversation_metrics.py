"""What is measured of a reply, and how the guide asks for it."""

from __future__ import annotations

from tests.sql.rows import (
    add_article,
    answer,
    call,
    claim_turns,
    ingest,
    message,
    one,
    record,
    rows,
    state_of,
    write_in,
)


def metrics(db, name):
    return rows(
        db,
        "select metric_value, metadata from realtime_metrics where metric_name = %s order by id",
        name,
    )


def test_the_statement_of_the_guide(db):
    article = add_article(db)
    write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(article))
    found = db.execute(
        "select * from realtime_metrics where metric_name = 'ai_response_time'"
        " order by timestamp desc limit 10"
    ).fetchall()
    assert len(found) == 1


def test_an_answer_measures_time_and_confidence(db):
    article, conversation = add_article(db), write_in(db)
    [turn] = claim_turns(db)
    record(db, turn, answer(article, confidence=0.83, intent="shipping"))
    [(value, details)] = metrics(db, "ai_response_time")
    assert 0 <= value < 6000
    assert details == {"confidence": 0.83}
    assert state_of(db, conversation, "ai_confidence") == 0.83
    assert state_of(db, conversation, "intent") == "shipping"
    assert metrics(db, "first_response_time")[0][1] == {"sender_type": "ai"}


def test_the_time_of_an_answer_is_in_milliseconds_from_the_question(db):
    article, _ = add_article(db), write_in(db)
    [turn] = claim_turns(db)
    db.execute("update private.reply_jobs set deadline = deadline - interval '3 seconds'")
    record(db, turn, answer(article))
    [(value, _)] = metrics(db, "ai_response_time")
    assert 3000 <= value < 6000


def test_a_first_response_is_measured_once(db):
    conversation = write_in(db)
    for text in ("Good day", "How can I help?"):
        call(db, "send_message", conversation, text)
    assert len(metrics(db, "first_response_time")) == 1


def test_a_hand_over_is_counted_with_its_reason(db):
    conversation = write_in(db)
    call(db, "hand_over", conversation, "complaint")
    assert metrics(db, "hand_over") == [(1, {"reason": "complaint"})]


def test_customers_and_notes_measure_nothing(db):
    conversation = write_in(db)
    call(db, "send_message", conversation, "A note", None, None, True)
    assert one(db, "select count(*) from realtime_metrics") == 0


def test_an_echo_counts_as_a_first_response(db):
    write_in(db)
    ingest(db, message("On it", sender="agent"))
    assert metrics(db, "first_response_time")[0][1] == {"sender_type": "agent"}
