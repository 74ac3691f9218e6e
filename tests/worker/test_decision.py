"""The same rules for every model: early endings, the threshold, and a failed model's stand-by."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import pytest

from tests.worker.turns import make_turn
from worker.decision import decide, settle_early
from worker.model import Reply
from worker.turn import HandOver

SOURCE = {"article_id": "a", "chunk_id": "c", "title": "t"}
GOOD = Reply(outcome="answer", content="Two days.", confidence=0.9, sources=(SOURCE,))
WEAK = Reply(outcome="answer", content="Two days.", confidence=0.7, sources=(SOURCE,))
FAILED = Reply(outcome="hand_over", reason="model_timeout", error="model_timeout: late")


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to a real person",
        "can someone call me? I need a human",
        "Ich möchte mit einem Mitarbeiter sprechen",
        "Je voudrais parler à un conseiller",
        "Quiero hablar con una persona",
        "Vorrei parlare con un operatore",
        "Quero falar com um atendente",
        "Ik wil een medewerker spreken",
        "Chcę porozmawiać z konsultantem",
        "Соедините меня с оператором",
        "Bir insanla konuşmak istiyorum",
        "أريد التحدث مع موظف",
        "我要转人工",
    ],
)
def test_wish_for_a_human_hands_over_at_once(text: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.reason) == ("hand_over", "asked_for_human")


@pytest.mark.parametrize("language", ["de", "en", None, "xx"])
def test_opening_a_chat_with_a_bot_is_a_greeting(language: str | None) -> None:
    early = settle_early(make_turn("/start", language=language))
    assert early and early.intent == "greeting"
    assert early.language == (language if language in ("de", "en") else "en")


@pytest.mark.parametrize(
    "text",
    [
        "How long does delivery take?",
        "someone used my card",
        "Is there a human resources department?",
        "thanks, but where is my parcel?",
        "Hello, do you ship to France?",
        "Can someone tell me how returns work?",
        "",
        "?!",
    ],
)
def test_question_is_not_settled_early(text: str) -> None:
    assert settle_early(make_turn(text)) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [("hi there!", "en"), ("Guten Tag", "de"), ("Добрый день", "ru"), ("你好", "zh")],
)
def test_greeting_is_greeted_in_its_language(text: str, language: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.intent, early.language) == (
        "clarify",
        "greeting",
        language,
    )


@pytest.mark.parametrize("text", ["thank you very much!", "Vielen Dank", "merci beaucoup"])
def test_thanks_are_accepted(text: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.intent) == ("clarify", "thanks")


def test_confident_answer_stands() -> None:
    assert decide(make_turn(), GOOD, WEAK) is GOOD


def test_answer_at_the_threshold_hands_over() -> None:
    reply = decide(make_turn(), WEAK, WEAK)
    assert (reply.outcome, reply.reason) == ("hand_over", "low_confidence")


def test_answer_without_a_source_hands_over() -> None:
    bare = Reply(outcome="answer", content="Two days.", confidence=0.9)
    assert decide(make_turn(), bare, GOOD).reason == "no_answer"


def test_failed_model_is_replaced_by_the_prepared_answer() -> None:
    reply = decide(make_turn(), FAILED, GOOD)
    assert (reply.outcome, reply.content) == ("answer", "Two days.")
    assert reply.error == "model_timeout: late"


def test_failed_model_without_a_prepared_answer_hands_over_with_its_reason() -> None:
    reply = decide(make_turn(), FAILED, WEAK)
    assert (reply.outcome, reply.reason) == ("hand_over", "model_timeout")


BY_RULE = HandOver(reason="vip", rule="Very important customer")
BY_COUNT = HandOver(reason="turn_limit", rule="Limit of turns", spares_small_talk=True)


@pytest.mark.parametrize("rule", [BY_RULE, BY_COUNT])
def test_a_rule_of_the_database_needs_no_model(rule: HandOver) -> None:
    early = settle_early(make_turn("How long does delivery take?", hand_over=rule))
    assert early and (early.outcome, early.reason) == ("hand_over", rule.reason)


def test_nobody_is_sent_to_a_person_for_a_thank_you() -> None:
    early = settle_early(make_turn("Thanks!", hand_over=BY_COUNT))
    assert early and early.intent == "thanks"
    early = settle_early(make_turn("Thanks!", hand_over=BY_RULE))
    assert early and early.reason == "vip"
