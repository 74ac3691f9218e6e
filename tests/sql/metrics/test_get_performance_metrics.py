"""The dashboard's figures."""

from __future__ import annotations

import pytest

from tests.sql.rows import (
    acting,
    add_agent,
    add_article,
    add_user,
    answer,
    call,
    claim_sends,
    claim_turns,
    one,
    record,
    refused,
    report,
    write_in,
)


def test_an_empty_shop_has_no_rates(db):
    with acting(db, add_agent(db)):
        figures = call(db, "get_performance_metrics")
    assert figures["activeConversations"] == 0
    assert figures["aiResolutionRate"] is None


def test_figures_follow_from_what_happened(db):
    article = add_article(db)
    for phone, confidence in [("491", 0.9), ("492", 0.8), ("493", 0.2)]:
        write_in(db, phone=phone)
        for turn in claim_turns(db):
            record(db, turn, answer(article, confidence=confidence))
    sends = claim_sends(db)
    for send, result in zip(sends, ["sent", "sent", "failed"], strict=True):
        report(db, send, result, external_ids=[f"wamid.{send['delivery_id']}"])
    token = call(db, "private.create_csat_link", sends[0]["conversation_id"])
    call(db, "record_csat", token, 4)

    figures = call(db, "get_performance_metrics")
    assert figures["activeConversations"] == 3
    assert (figures["answered"], figures["handedOver"]) == (2, 1)
    assert figures["aiResolutionRate"] == pytest.approx(0.6667)
    assert figures["messageDeliveryRate"] == pytest.approx(0.66667)
    assert figures["aiConfidence"] == pytest.approx(0.85)
    assert figures["avgResponseTime"] == figures["averageResponseTime"]
    assert figures["satisfaction"] == 4
    assert figures["channelBreakdown"] == {"whatsapp": 6}
    assert figures["channelPerformance"]["whatsapp"]["customerMessages"] == 3


def test_the_range_ends_somewhere(db):
    write_in(db)
    db.execute("update messages set created_at = now() - interval '2 days'")
    assert call(db, "get_performance_metrics")["messages"] == 0
    assert one(db, "select get_performance_metrics('3 days')")["messages"] == 1


@pytest.mark.parametrize("span", ["0 seconds", "-1 day", "401 days", None])
def test_a_range_is_a_range(db, span):
    with refused(db, "PT400"):
        one(db, "select get_performance_metrics(%s::interval)", span)


def test_visitors_see_no_figures(db):
    with acting(db, add_user(db)), refused(db, "PT403"):
        call(db, "get_performance_metrics")
