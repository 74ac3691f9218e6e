"""Messages with more than one question: what an answer leaves out is told, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.asked import left_out
from worker.guard import Guard
from worker.model import Reply
from worker.model.embedded import extract, extract_for_agents
from worker.phrases import LANGUAGES as PHRASES
from worker.turn import Line, Pick


@pytest.mark.parametrize(
    "asked",
    [
        "Are you there? How long does delivery take?",
        "How long does delivery take? Two days? A week?",
        "How long does delivery take? How long does the delivery take to Spain?",
    ],
)
def test_questions_about_one_article_are_one(asked: str) -> None:
    assert extract(make_turn(asked, max_wrong_rate=1.0)).outcome == "answer"


@pytest.mark.parametrize(
    "asked",
    [
        "How long does delivery take? Do you repair umbrellas?",
        "Do you repair umbrellas? How long does delivery take?",
        "How long does delivery take?\nAnd is there a hotel nearby?",
        "how long does delivery take and can i pay by invoice",
        "How long does delivery take and do you repair umbrellas?",
        "hi, how long does delivery take and is there a hotel nearby",
    ],
)
def test_an_answer_that_leaves_a_question_out_says_so(asked: str) -> None:
    reply = extract(make_turn(asked, threshold=0, max_wrong_rate=1.0))
    assert reply.outcome == "answer"
    assert reply.content.startswith("Standard delivery takes 2 to 4 working days.")
    assert reply.content.endswith(f"{PHRASES['en'].rest} {PHRASES['en'].to_person}")
    assert reply.left_out and "delivery" not in reply.left_out


@pytest.mark.parametrize(
    "asked",
    [
        "How long does delivery take?",
        "Are you there? How long does delivery take?",
        "How long does delivery take? Could you help me please?",
        "How long does delivery take? Two days? A week?",
        "I want to repair an umbrella. How long does delivery take?",
        "How long does delivery take and when does the standard delivery come?",
        "When I came home nothing was there. How long does delivery take?",
        "How long does delivery take with track and trace?",
        "How long does delivery take under your terms and conditions",
        "My umbrella broke and is old, how long does delivery take",
        "I need an umbrella and when I am away you can call, delivery takes how long",
        "Do you repair umbrellas?",
    ],
)
def test_an_answer_to_all_that_was_asked_says_no_more(asked: str) -> None:
    reply = extract(make_turn(asked, threshold=0, max_wrong_rate=1.0))
    assert reply.content == DELIVERY.article


@pytest.mark.parametrize(
    ("language", "article", "asked"),
    [
        ("ar", "التوصيل يستغرق يومين.", "كم يستغرق التوصيل وهل يمكن الدفع بالفاتورة"),
        (
            "de",
            "Die Lieferung dauert zwei Tage.",
            "wie lange dauert die lieferung und kann ich auf rechnung zahlen",
        ),
        ("es", "La entrega tarda dos días.", "cuánto tarda la entrega y puedo pagar con factura"),
        (
            "fr",
            "La livraison prend deux jours.",
            "combien de temps prend la livraison et puis-je payer par facture",
        ),
        (
            "it",
            "La consegna richiede due giorni.",
            "quanto tempo richiede la consegna e posso pagare con fattura",
        ),
        (
            "nl",
            "De levering duurt twee dagen.",
            "hoe lang duurt de levering en kan ik op factuur betalen",
        ),
        ("pl", "Dostawa trwa dwa dni.", "ile trwa dostawa i czy mogę zapłacić na fakturę"),
        ("pt", "A entrega demora dois dias.", "quanto demora a entrega e posso pagar com fatura"),
        ("ru", "Доставка занимает два дня.", "сколько занимает доставка и можно платить по счёту"),
        ("tr", "Teslimat iki gün sürer.", "teslimat ne kadar sürer ve fatura ile ödeyebilir miyim"),
        ("zh", "送货需要两天。", "送货需要多久和可以用发票付款吗"),
    ],
)
def test_a_second_question_behind_an_and_is_seen_in_every_language(
    language: str, article: str, asked: str
) -> None:
    found = replace(DELIVERY, title=article, article=article, phrasings=(), language=language)
    assert left_out(asked, language, (found,))
    assert not left_out(article, language, (found,))


def test_a_pick_that_leaves_a_question_out_says_so_to_the_customer_alone() -> None:
    asked = "How long does delivery take? Do you repair umbrellas?"
    history = (Line(role="customer", content=asked),)
    picked = Pick(is_clarified=True, id="a", passages=(DELIVERY,))
    turn = make_turn("1", history=history, pick=picked)
    assert PHRASES["en"].rest in extract(turn).content
    assert extract_for_agents(turn).content == DELIVERY.article


@pytest.mark.parametrize("language", PHRASES)
def test_what_is_said_of_the_rest_passes_the_guard(language: str) -> None:
    article = replace(DELIVERY, language=language)
    turn = make_turn("Delivery?", language=language, knowledge=(article,))
    said = f"{article.article}\n\n{PHRASES[language].rest} {PHRASES[language].to_person}"
    reply = Reply(outcome="answer", content=said, confidence=1.0, sources=(article.as_source(),))
    assert PHRASES[language].rest in Guard(turn).judged(reply).content
