"""The embedded answerer with a small shop's articles, found by the database's own search."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from romashka.settings import LANGUAGES
from tests.worker.offices import SHOP, Office
from tests.worker.turns import DELIVERY, SIZES, make_turn
from tests.yardstick import is_within, processor_s
from worker.decision import decide, settle_early
from worker.knowledge import read_passages
from worker.language import hear
from worker.model import Reply
from worker.model.embedded import extract, extract_for_agents
from worker.phrases import LANGUAGES as PHRASES
from worker.sentences import best_sentences, sentences_of
from worker.turn import Line, Pick, Topic, Turn

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
    """Asks the database's search; gives the final reply to a question and its articles."""
    from tests.conftest import databases_from

    databases = databases_from(server, migrated_template)
    office = Office(next(databases)())
    office.stock()

    def reply(question: str) -> tuple[Reply, list[str]]:
        found = office.value("select private.knowledge_for(%s)", question)
        turn = make_turn(question, knowledge=read_passages(found))
        decided = decide(turn, extract(turn), extract(turn))
        ids = {row["article_id"]: row["source_url"] for row in found}
        cited = [ids[str(source["article_id"])] for source in decided.sources]
        return decided, cited if decided.outcome != "hand_over" else []

    yield reply
    office.close()
    next(databases, None)


@pytest.mark.parametrize(("question", "article"), PARAPHRASES)
def test_paraphrase_is_answered_from_its_article_or_offers_it(search, question, article) -> None:
    assert article in search(question)[1]


@pytest.mark.parametrize("question", NOT_COVERED)
def test_question_that_no_article_answers_is_not_answered(search, question: str) -> None:
    assert search(question)[0].outcome != "answer"


@pytest.mark.parametrize(
    "question", ["How long does delivery take?", "Which payment methods do you accept?"]
)
def test_question_in_an_articles_own_words_is_answered_by_words_alone(search, question) -> None:
    assert search(question)[0].outcome == "answer"


def test_of_two_questions_in_a_message_none_is_left_out(search) -> None:
    asked = "How long does delivery take? And which payment methods do you accept?"
    reply, offered = search(asked)
    assert reply.outcome == "clarify"
    assert set(offered[:2]) == {"delivery-time", "payment-methods"}


BOTH = (
    replace(DELIVERY, phrasings=("How long does delivery take?",)),
    replace(SIZES, phrasings=("Which size do I need?",)),
)


@pytest.mark.parametrize(
    ("language", "asked"),
    [
        ("en", "I need to know how long does delivery take"),
        ("en", "Which size do I need and is it raining there?"),
    ],
)
def test_one_question_is_not_taken_apart(language: str, asked: str) -> None:
    turn = make_turn(asked, knowledge=BOTH, language=language, threshold=0, max_wrong_rate=1.0)
    assert extract(turn).outcome != "clarify"


@pytest.mark.parametrize(
    "asked",
    [
        "Which size do I need and how long does delivery take?",
        "How long does delivery take, and which size do I need",
        "How long does delivery take. Which size do I need",
    ],
)
def test_questions_are_told_apart_without_their_marks(asked: str) -> None:
    reply = extract(make_turn(asked, knowledge=BOTH, threshold=0, max_wrong_rate=1.0))
    assert reply.outcome == "clarify"
    assert {choice["id"] for choice in reply.choices} == {"a-delivery", "a-sizes", "person"}


CANCEL = replace(
    DELIVERY,
    article_id="a-cancel",
    title="Cancelling an order",
    article="Open your orders and choose to cancel.",
    content="Cancelling an order\nOpen your orders and choose to cancel.",
    phrasing="I want to cancel my order",
    phrasings=(
        "I want to cancel my order",
        "Cancel my order please",
        "I do not want the order any more",
    ),
)


@pytest.mark.parametrize(
    "said",
    [
        "I do NOT want to cancel my order",
        "Please don't cancel my order",
        "Never mind, my order is fine",
        "I do not want to cancel",
        "Don't cancel",
        "I never said I want to cancel my order",
        "Ich will meine Bestellung bitte nicht stornieren",
        "No quiero cancelar mi pedido",
        "Не хочу отменять заказ",
        "我不想取消订单",
    ],
)
def test_a_wish_that_is_declined_is_not_answered(said: str) -> None:
    turn = make_turn(said, knowledge=(CANCEL,), threshold=0, max_wrong_rate=1.0, language=None)
    assert extract(turn).outcome != "answer"
    wished = replace(turn, question="I want to cancel my order")
    assert extract(wished).outcome == "answer"


def test_who_asks_declines_nothing() -> None:
    asked = "I don't want the order any more, how do I cancel it?"
    turn = make_turn(asked, knowledge=(CANCEL,), threshold=0, max_wrong_rate=1.0)
    assert extract(turn).outcome == "answer"


def test_an_article_about_what_is_not_wanted_answers_that() -> None:
    said = "I don't want my order"
    turn = make_turn(said, knowledge=(CANCEL,), threshold=0, max_wrong_rate=1.0)
    assert extract(turn).outcome == "answer"


RETURNS = replace(
    DELIVERY,
    title="Returns",
    article="You may return items within 30 days.\n\nThe money is back within five days.",
    content="Returns\nYou may return items within 30 days.",
    phrasing="When do I get my money back?",
)


def test_an_article_found_by_a_phrasing_is_answered_from_as_a_whole() -> None:
    said = best_sentences("When do I get my money back?", RETURNS)
    assert said == "You may return items within 30 days. The money is back within five days."


def test_an_article_found_by_a_later_paragraph_is_answered_from_that() -> None:
    later = replace(RETURNS, content="Returns\nThe money is back within five days.", phrasing=None)
    assert best_sentences("When is the money back?", later) == "The money is back within five days."


def test_of_a_long_article_the_sentences_near_the_question_are_told() -> None:
    body = "\n\n".join(
        [f"Step {n} is done with care by two." for n in range(9)] + ["Brakes first."]
    )
    whole = replace(RETURNS, article=body, content=body.split("\n\n")[0], phrasing="Brakes?")
    assert "Brakes first." in best_sentences("brakes first", whole)
    assert best_sentences("how is it put together", whole).startswith("Step 0")


def test_the_number_of_a_step_ends_no_sentence() -> None:
    assert sentences_of("1. Unpack it. Look.\n2. Close it.") == [
        "1. Unpack it.",
        "Look.",
        "2. Close it.",
    ]


def test_who_was_asked_back_already_goes_to_people_with_two_questions() -> None:
    asked = "How long does delivery take? Which size do I need?"
    turn = make_turn(asked, knowledge=BOTH, threshold=0.1, max_wrong_rate=1.0)
    assert extract(turn).outcome == "clarify"
    again = extract(replace(turn, pick=Pick(is_clarified=True)))
    assert (again.outcome, again.reason) == ("hand_over", "clarified_before")


def test_an_agent_is_drafted_an_answer_to_every_question() -> None:
    asked = "How long does delivery take? Which size do I need?"
    draft = extract_for_agents(make_turn(asked, knowledge=BOTH))
    assert draft.outcome == "answer"
    assert {source["article_id"] for source in draft.sources} == {"a-delivery", "a-sizes"}
    assert "2 to 4 working days" in draft.content and "\n\n" in draft.content


def test_an_agent_is_drafted_nothing_for_what_is_declined() -> None:
    turn = make_turn("Please do not cancel my order", knowledge=(CANCEL,))
    assert extract_for_agents(turn).content == ""


def test_what_was_asked_before_chooses_the_paragraph_of_a_pick() -> None:
    body = "\n\n".join(
        [f"Step {n} is done with care by two." for n in range(9)] + ["Brakes first."]
    )
    picked = replace(RETURNS, article=body, content=body.split("\n\n")[0], phrasing=None)
    turn = make_turn(
        "the first one",
        history=(Line(role="customer", content="are the brakes first?"),),
        pick=Pick(is_clarified=True, id="a", passages=(picked,)),
    )
    assert "Brakes first." in extract(turn).content


def test_a_paragraph_that_announces_a_list_is_given_with_it() -> None:
    body = "Water it.\n\nIf leaves turn yellow:\n\n- let it dry\n- give less\n\nSun is fine."
    found = replace(RETURNS, article=body, content="Returns\nIf leaves turn yellow:", phrasing=None)
    assert (
        best_sentences("leaves yellow", found) == "If leaves turn yellow: - let it dry - give less"
    )


def test_most_questions_find_their_article_and_few_are_answered_wrongly(search) -> None:
    asked = [(search(question["text"]), question["article"]) for question in QUESTIONS]
    answered = [(ids[0], right) for (reply, ids), right in asked if reply.outcome == "answer"]
    wrong = sum(got != right for got, right in answered)
    helped = sum(right in ids for (_, ids), right in asked if right)
    assert len(answered) >= 12
    assert wrong <= 0.05 * len(answered)
    assert helped >= 0.75 * sum(right is not None for _, right in asked)


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


def unsure(**changes: Any) -> Turn:
    """A turn whose words point to no article clearly."""
    weak = replace(DELIVERY, coverage=0.4)
    return make_turn("delivery sizes", knowledge=(weak, replace(SIZES, coverage=0.4)), **changes)


def test_doubt_offers_the_articles_and_a_person() -> None:
    reply = extract(unsure())
    assert reply.outcome == "clarify"
    assert {choice["id"] for choice in reply.choices} == {"a-delivery", "a-sizes", "person"}
    assert {source["article_id"] for source in reply.sources} == {"a-delivery", "a-sizes"}


def test_who_asks_about_nothing_that_an_article_is_about_is_offered_none() -> None:
    far = tuple(replace(one, coverage=0.05) for one in (DELIVERY, SIZES))
    reply = extract(make_turn("penguins of Peru", knowledge=far))
    assert (reply.outcome, reply.reason, reply.choices) == ("hand_over", "low_confidence", ())


def test_nobody_is_asked_back_twice_in_a_row() -> None:
    reply = extract(unsure(pick=Pick(is_clarified=True)))
    assert (reply.outcome, reply.reason) == ("hand_over", "clarified_before")


def test_picked_article_is_answered_at_once() -> None:
    turn = make_turn("2", knowledge=(), pick=Pick(is_clarified=True, id="a", passages=(SIZES,)))
    early = settle_early(turn)
    assert early and (early.outcome, early.sources[0]["title"]) == ("answer", "Sizes")
    assert early.content == "Our clothes follow European sizes."
    assert early.confidence > turn.threshold


def test_who_picks_several_gets_each_answered() -> None:
    picked = Pick(is_clarified=True, id="a", passages=(SIZES, DELIVERY))
    reply = extract(make_turn("1 and 2", knowledge=(), pick=picked))
    assert reply.content.split("\n\n") == [SIZES.article, DELIVERY.article]
    assert [source["title"] for source in reply.sources] == ["Sizes", "Delivery times"]


def test_who_wants_none_of_the_choices_goes_to_people() -> None:
    early = settle_early(make_turn("none of these", pick=Pick(is_clarified=True, id="none")))
    assert early and (early.outcome, early.reason) == ("hand_over", "clarified_before")


def test_who_wants_none_of_the_topics_is_asked_what_it_is_about() -> None:
    topic = Topic(article_id="a", title="Sizes", language="de")
    turn = make_turn("keins davon", language="de", topics=(topic,), pick=Pick(id="none"))
    early = settle_early(turn)
    assert early and (early.outcome, early.choices) == ("clarify", ())
    assert early.content == PHRASES["de"].ask


def test_picked_person_hands_over() -> None:
    early = settle_early(make_turn("4", pick=Pick(is_clarified=True, id="person")))
    assert early and (early.outcome, early.reason) == ("hand_over", "asked_for_human")


def test_article_in_another_language_answers_nobody() -> None:
    turn = make_turn("How long does delivery take?", language="de", language_probability=0.95)
    reply = extract(turn)
    assert (reply.outcome, reply.reason) == ("hand_over", "no_answer")


def test_article_in_the_customers_language_is_preferred_to_a_better_fit_in_another() -> None:
    german = replace(DELIVERY, article_id="de", language="de-AT", title="Lieferzeit", coverage=0.3)
    turn = make_turn("Lieferzeit?", language="de", knowledge=(DELIVERY, german))
    assert {source["article_id"] for source in extract(turn).sources} == {"de"}


@pytest.mark.parametrize("language", ["pt", None])
def test_choices_are_in_one_language_where_nobody_is_sure_of_the_customers(language) -> None:
    german = replace(SIZES, article_id="de", language="de", title="Delivery", coverage=0.4)
    turn = unsure(language=language, language_probability=0.5)
    reply = extract(replace(turn, knowledge=(*turn.knowledge, german)))
    assert {source["article_id"] for source in reply.sources} == {"a-delivery", "a-sizes"}


def test_stricter_share_of_wrong_answers_asks_back_instead() -> None:
    assert extract(make_turn(max_wrong_rate=1.0)).outcome == "answer"
    assert extract(make_turn(max_wrong_rate=0.001)).outcome == "clarify"


def test_the_confidence_that_it_asked_for_is_told() -> None:
    assert extract(make_turn(threshold=0.7, max_wrong_rate=1.0)).as_json()["needed"] == 0.7
    assert extract(make_turn(threshold=0.7, max_wrong_rate=0.001)).as_json()["needed"] == 1.0


def test_gate_that_customers_taught_holds_for_the_fit_they_taught_it_of() -> None:
    usual = extract(make_turn())
    assert usual.fit and usual.needed
    taught = extract(make_turn(gates={usual.fit: 0.8, "another": 0.99}))
    assert taught.needed == 0.8
    assert (usual.gate, taught.gate) == ("shipped", "learned")


def test_picked_article_is_no_guess() -> None:
    reply = extract(make_turn(pick=Pick(is_clarified=True, id="a-sizes", passages=(SIZES,))))
    assert (reply.outcome, reply.fit) == ("answer", None)


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
    assert is_within(processor_s(lambda: extract(turn)), 0.2)
