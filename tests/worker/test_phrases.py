"""What needs no model to be understood, in twelve languages: wishes, complaints, moods, typos."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worker.sayings import Saying, of
from tests.yardstick import is_within, processor_s
from worker.phrases import (
    LANGUAGES,
    Signals,
    declines,
    greeting_language,
    signals,
)

WISHES = of("human")
COMPLAINTS = of("complaint")
QUESTIONS = of("ordinary", "short")


def goes_to_people(saying: Saying) -> bool:
    said = signals(saying.text, saying.language)
    return said.asks_for_human or said.complaint


def share(sayings: list[Saying], holds: Callable[[Saying], bool]) -> float:
    return sum(map(holds, sayings)) / len(sayings)


def mood(saying: Saying) -> str:
    return signals(saying.text, saying.language).sentiment


def test_there_is_enough_to_measure_in_every_language() -> None:
    for language in LANGUAGES:
        for sayings, least in ((WISHES, 20), (COMPLAINTS, 20), (QUESTIONS, 65)):
            assert sum(one.language == language for one in sayings) >= least


def test_a_wish_for_a_human_is_understood_in_99_of_a_hundred() -> None:
    assert share(WISHES, lambda one: signals(one.text).asks_for_human) >= 0.99


def test_so_are_those_that_nobody_looked_at() -> None:
    unseen = [one for one in WISHES if one.is_unseen]
    assert share(unseen, lambda one: signals(one.text).asks_for_human) >= 0.98


def test_a_complaint_goes_to_people_in_95_of_a_hundred() -> None:
    assert share([one for one in COMPLAINTS if one.is_unseen], goes_to_people) >= 0.95
    assert share(COMPLAINTS, goes_to_people) >= 0.98


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_behind(language: str) -> None:
    wishes = [one for one in WISHES if one.language == language]
    complaints = [one for one in COMPLAINTS if one.language == language]
    assert share(wishes, lambda one: signals(one.text).asks_for_human) >= 0.95
    assert share(complaints, goes_to_people) >= 0.95


def test_a_question_is_neither() -> None:
    wrong = [one.text for one in QUESTIONS if goes_to_people(one)]
    assert len(wrong) < 0.005 * len(QUESTIONS), wrong


@pytest.mark.parametrize(
    "text",
    [
        "someone used my card",
        "is a human checking my parcel?",
        "I want to complain about nothing, where is my order?",
        "Can someone tell me how returns work?",
        "I am using the app to transfer money to someone",
        "do I need someone at home for the delivery?",
        "does the robot vacuum come with a charger",
        "my washing machine does not work",
        "I don't need a human, just tell me the price",
        "where can I read the warranty claim form",
        "Gibt es Personen, die das tragen?",
        "un avocat mûr, c'est combien",
        "der Roboter funktioniert nicht",
        "人工费多少钱",
        "İnsan kaynakları bölümü nerede",
        "My order number is 12345, where is it?",
        "Bestellung 12315",
    ],
)
def test_persons_and_claims_alone_are_no_wish(text: str) -> None:
    said = signals(text)
    assert (said.asks_for_human, said.complaint) == (False, False)


@pytest.mark.parametrize(
    "text",
    [
        "I found my card, I would like to reactivate it",
        "The machine was broken and the money is still on its way, please look, as I "
        "don't want to be charged for what I never got",
        "I don't want the order, how do I cancel?",
    ],
)
def test_who_says_more_declines_nothing(text: str) -> None:
    assert not declines(text)


@pytest.mark.parametrize(
    "text",
    [
        "This is a scam, i want my money back",
        "You people are useless",
        "its a scam!!",
        "Ihr seid unfähig",
        "Son unos inútiles",
        "Vous êtes nuls",
        "Siete inutili",
        "Vocês são inúteis",
        "Jullie zijn nutteloos",
        "Jesteście bezużyteczni",
        "Вы бесполезны",
        "Hiçbir işe yaramıyorsunuz",
        "أنتم عديمو الفائدة",
        "你们真没用",
    ],
)
def test_abuse_of_us_is_a_complaint(text: str) -> None:
    assert signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "is this a scam or a real mail from you?",
        "I got a scam text in your name",
        "my old charger is useless, which one fits?",
        "Мой зарядник бесполезен, какой подойдёт?",
        "le bouton est inutile ?",
        "Nous sommes incapables de nous connecter",
        "Siamo incapaci di accedere",
        "Tengo unos inútiles zapatos",
        "I think it is a scam mail in your name",
        "that's a scam warning you sent",
        "Do you sell sandals?",
        "Sandalen in 42?",
        "¿Tienen sandalias?",
        "Vendez-vous des plantes ?",
        "Vendete truffe o tartufi?",
        "hoeveel kracht heeft de motor",
    ],
)
def test_abuse_of_others_and_words_that_look_like_it_are_none(text: str) -> None:
    assert not signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "I complain rarely, but how do I change my address?",
        "I don't want to complain, just tell me when it arrives",
        "I don't mean to make a complaint, I only have a question",
        "No complaints so far, do you have it in blue?",
        "this is not a complaint",
        "Ich will mich nicht beschweren, wann kommt mein Paket?",
        "Ich beschwere mich selten",
        "Bisher ohne Beschwerden",
        "No quiero poner una queja",
        "Rara vez me quejo, ¿dónde está mi pedido?",
        "Je ne veux pas me plaindre",
        "Je ne veux pas faire de réclamation",
        "Non voglio lamentarmi",
        "Mi lamento raramente",
        "Não quero fazer uma reclamação",
        "Raramente faço uma reclamação",
        "Ik wil niet klagen",
        "Tot nu toe geen klachten",
        "Nie chcę się skarżyć ani składać skargi",
        "Rzadko się skarżę",
        "Не хочу писать жалобу",
        "Я редко жалуюсь",
        "Şikayet etmek istemiyorum",
        "Nadiren şikayet ederim",
        "لا أريد تقديم شكوى",
        "نادرا ما أشتكي",
        "我不想投诉",
        "我不想要投诉",
        "I do not want to make any complaint",
        "我很少投诉",
    ],
)
def test_who_says_that_they_do_not_complain_does_not(text: str) -> None:
    assert not signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "I have no answer to my complaint",
        "No! I want to complain",
        "I don't know where to complain",
        "I rarely complain, but your staff was rude to me",
        "I do not want to wait any longer, I want to make a complaint",
        "Nie chcę czekać, chcę złożyć skargę",
        "Я не хочу ждать, хочу подать жалобу",
        "لا أريد الانتظار، أريد تقديم شكوى",
        "You do not reply to my complaint",
        "Ich will mich nicht beschweren, aber das ist eine Frechheit",
        "Sie haben meine Beschwerde nicht beantwortet",
        "Nein, ich möchte mich beschweren",
        "No me contestan a mi queja",
        "Vous ne répondez pas à ma réclamation",
        "Chcę składać skargi, nie czekać",
        "我要投诉，不是开玩笑",
    ],
)
def test_a_not_elsewhere_leaves_a_complaint_one(text: str) -> None:
    assert signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "My plants are a disaster",
        "Meine Pflanzen sind eine Katastrophe",
        "Mein Rasen sieht katastrophal aus",
        "Mis plantas son un desastre",
        "Mes plantes sont une catastrophe",
        "Le mie piante sono un disastro",
        "As minhas plantas são um desastre",
        "Mijn planten zijn een ramp",
        "Moje rośliny to katastrofa",
        "Мои растения просто катастрофа",
        "Bitkilerim felaket durumda",
        "نباتاتي كارثة",
        "我的植物是一场灾难",
        "do you sell a disaster kit?",
        "it is no disaster, when will it come?",
        "Das ist keine Katastrophe, wann kommt es?",
    ],
)
def test_a_disaster_at_home_is_no_complaint(text: str) -> None:
    assert not signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "your service is a disaster",
        "It is a catastrophe",
        "What a disaster",
        "Katastrophe!",
        "es ist eine Katastrophe",
        "eine Katastrophe ist das",
        "Die Lieferung war katastrophal",
        "es un desastre",
        "su servicio es un desastre",
        "votre service est une catastrophe",
        "c'est une catastrophe",
        "il vostro servizio è un disastro",
        "è un disastro",
        "o vosso serviço é um desastre",
        "jullie service is een ramp",
        "to katastrofa",
        "wasza obsługa to katastrofa",
        "это катастрофа",
        "ваш сервис - катастрофа",
        "hizmetiniz felaket",
        "خدمتكم كارثة",
        "你们的服务是一场灾难",
    ],
)
def test_a_disaster_of_ours_is_a_complaint(text: str) -> None:
    assert signals(text).complaint


@pytest.mark.parametrize(
    "text",
    [
        "can i speak to somone",
        "talk to costumer agnet",
        "opperator",
        "i want to taok to an operater",
        "get me a represantative",
        "Mitarbieter bitte",
        "je veux parler a un conseiler",
        "quiero hablar con un opreador",
        "atendnte por favor",
        "позовите опертора",
    ],
)
def test_a_letter_wrong_is_understood(text: str) -> None:
    assert signals(text).asks_for_human


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_choice_that_leads_to_people_does(language: str) -> None:
    assert signals(LANGUAGES[language].to_person).asks_for_human


def test_a_greeting_is_known_in_whatever_language_was_expected() -> None:
    """Where two languages greet alike, the one expected is as good."""
    missed = [one for one in of("greeting") if greeting_language(one.text, one.language) is None]
    assert missed == []
    told = [greeting_language(one.text, None) == one.language for one in of("greeting")]
    assert sum(told) >= 0.9 * len(told)


def test_a_greeting_with_a_question_is_a_question() -> None:
    kinds = ("greeting_asks", "ordinary", "short", "brief", "no_stop", "start")
    assert [one.text for one in of(*kinds) if greeting_language(one.text, one.language)] == []


def test_an_answer_that_did_not_help_is_noticed() -> None:
    assert share(of("not_helped"), lambda one: signals(one.text).not_helped) >= 0.95
    assert share(QUESTIONS, lambda one: not signals(one.text).not_helped) >= 0.99


def test_moods_are_told_and_questions_have_none() -> None:
    assert (
        share(of("angry", "complaint", "not_helped"), lambda one: mood(one) == "negative") >= 0.95
    )
    assert share(of("positive"), lambda one: mood(one) == "positive") >= 0.95
    assert share(QUESTIONS, lambda one: mood(one) != "negative") >= 0.98


@pytest.mark.parametrize(
    ("text", "language", "sentiment"),
    [
        ("this is great", "en", "positive"),
        ("this is not great", "en", "negative"),
        ("not bad at all", "en", "positive"),
        ("das ist nicht schlecht", "de", "positive"),
        ("je ne suis pas content", "fr", "negative"),
        ("no estoy contento", "es", "negative"),
        ("не доволен", "ru", "negative"),
        ("не плохо", "ru", "positive"),
        ("不满意", "zh", "negative"),
        ("where is my order", "en", "neutral"),
        ("👍", None, "positive"),
        ("👎", None, "negative"),
    ],
)
def test_a_negation_turns_a_mood_round(text: str, language: str | None, sentiment: str) -> None:
    assert signals(text, language).sentiment == sentiment


def test_signals_are_plain_json() -> None:
    assert Signals().as_json() == {
        "asks_for_human": False,
        "complaint": False,
        "not_helped": False,
        "sentiment": "neutral",
    }


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_any_text_is_read(text: str) -> None:
    assert isinstance(signals(text), Signals)


@given(st.text(alphabet=string.ascii_lowercase + "'_ *", max_size=12).map(lambda part: part * 9000))
@settings(max_examples=10, deadline=None)
def test_a_repeated_text_of_any_length_costs_little(text: str) -> None:
    assert is_within(processor_s(lambda: signals(text)), 0.5)


def test_a_wish_stands_out_at_the_end_of_a_long_text() -> None:
    assert signals("my parcel came and " * 5000 + "please let me talk to a human").asks_for_human


def test_reading_a_message_takes_less_than_a_millisecond() -> None:
    signals("warm")
    spent_s = processor_s(lambda: [signals(one.text + " ", one.language) for one in QUESTIONS])
    assert is_within(spent_s / len(QUESTIONS), 0.002)
