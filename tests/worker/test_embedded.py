"""The embedded answerer with a small shop's articles, found by the database's own search."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from romashka.settings import LANGUAGES
from tests.worker.offices import SHOP, Office
from tests.worker.turns import DELIVERY, SIZES, make_turn
from worker.decision import decide
from worker.knowledge import read_passages
from worker.language import hear
from worker.model import Reply
from worker.model.embedded import best_sentences, extract

QUESTIONS: list[dict[str, Any]] = json.loads(SHOP.read_text())["questions"]
PARAPHRASES = [
    ("How many days does shipping take?", "delivery-time"),
    ("I want my money back", "returns"),
    ("Which cards do you take?", "payment-methods"),
    ("Where can I see my tracking number", "order-tracking"),
    ("are you open on saturday", "opening-hours"),
    ("I typed the wrong postcode in the address", "address-change"),
    ("is there a warranty on this", "warranty"),
    ("what size do I need", "sizes"),
    ("please cancel my order", "cancel-order"),
    ("how do I download the bill for my order", "invoice"),
]
NOT_COVERED = [
    "Do you sell gift cards?",
    "Who is the president of France?",
    "Is the red jacket waterproof?",
    "How do I reset my password?",
    "Where are your products made?",
]


@pytest.fixture(scope="module")
def search(request: pytest.FixtureRequest, server, migrated_template):
    """Asks the database's search; gives the final reply to a question."""
    from tests.conftest import databases_from

    databases = databases_from(server, migrated_template)
    office = Office(next(databases)())
    office.stock()

    def reply(question: str) -> tuple[Reply, str | None]:
        found = office.value("select private.knowledge_for(%s)", question)
        turn = make_turn(question, knowledge=read_passages(found))
        decided = decide(turn, extract(turn), extract(turn))
        ids = {row["article_id"]: row["source_url"] for row in found}
        cited = [ids[str(source["article_id"])] for source in decided.sources]
        return decided, cited[0] if cited and decided.outcome == "answer" else None

    yield reply
    office.close()
    next(databases, None)


@pytest.mark.parametrize(("question", "article"), PARAPHRASES)
def test_paraphrase_is_answered_from_its_article(search, question: str, article: str) -> None:
    assert search(question)[1] == article


@pytest.mark.parametrize("question", NOT_COVERED)
def test_question_that_no_article_answers_is_handed_over(search, question: str) -> None:
    assert search(question)[0].outcome == "hand_over"


def test_most_questions_are_answered_and_few_wrongly(search) -> None:
    given = [(search(question["text"])[1], question["article"]) for question in QUESTIONS]
    answered = [(got, right) for got, right in given if got]
    right = sum(got == right for got, right in answered)
    wrong = len(answered) - right
    assert right >= 50
    assert wrong <= 0.05 * len(answered)


def test_answer_is_made_of_the_articles_own_sentences(search) -> None:
    reply, _ = search("What is your return policy?")
    bodies = [article["body"] for article in json.loads(SHOP.read_text())["articles"]]
    assert any(reply.content in body for body in bodies)


def test_answer_cites_article_chunk_and_title(search) -> None:
    reply, _ = search("Which payment methods do you accept?")
    (source,) = reply.sources
    assert source["title"] == "Payment methods"
    assert source["article_id"] and source["chunk_id"]


def test_no_knowledge_means_no_answer() -> None:
    reply = extract(make_turn(knowledge=()))
    assert (reply.outcome, reply.confidence, reply.reason) == ("hand_over", 0.0, "no_answer")


def test_rival_article_lowers_the_confidence() -> None:
    alone = extract(make_turn(knowledge=(DELIVERY,)))
    rival = extract(make_turn(knowledge=(DELIVERY, replace(SIZES, coverage=0.8))))
    assert rival.confidence < alone.confidence


def test_long_article_is_answered_with_three_sentences_at_most() -> None:
    body = "One is here. Two is here. Three has the price. Four is here. Five is here."
    answer = best_sentences("What is the price?", replace(DELIVERY, content=body, article=body))
    assert answer == "Two is here. Three has the price. Four is here."


def test_cyrillic_question_is_answered_in_russian() -> None:
    turn = hear(make_turn("Сколько идёт посылка?", language=None), LANGUAGES)
    assert extract(turn).language == "ru"


def test_long_articles_take_milliseconds() -> None:
    long = replace(DELIVERY, article="delivery of many different things " * 500)
    turn = make_turn("How long does delivery take? " * 20, knowledge=(long,) * 5)
    started = time.monotonic()
    extract(turn)
    assert time.monotonic() - started < 0.2
