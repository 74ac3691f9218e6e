"""The same rules for every model: early endings, the threshold, and a failed model's stand-by."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from romashka.settings import LANGUAGES
from tests.worker.turns import make_turn
from tests.yardstick import is_within, processor_s
from worker.decision import decide, settle_early
from worker.language import hear, load
from worker.model import Reply
from worker.model.embedded import extract
from worker.phrases import LANGUAGES as PHRASES
from worker.sentences import MAX_CHARACTERS
from worker.turn import HandOver, Line, Pick, Topic, Turn, Wish

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
        "that has not helped",
        "that helped nobody",
        "a perfect size for me is 38",
        "I need help with my order",
        "Question about your shop\nHi there!",
        "Hello, do you ship to France?",
        "Can someone tell me how returns work?",
        "1",
        "\u202ewhere is my parcel\u202c",
        "parcel? где? طرد",
    ],
)
def test_question_is_not_settled_early(text: str) -> None:
    assert settle_early(make_turn(text)) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hi there!", "en"),
        ("Guten Tag", "de"),
        ("Добрый день", "ru"),
        ("你好", "zh"),
        ("Hello, I need help", "en"),
        ("Can you help me?", "en"),
        ("J'ai besoin d'aide", "fr"),
        ("你好，我需要帮助", "zh"),
        ("Quick question\nHi there!", "en"),
        ("Anfrage\nGuten Tag!", "de"),
    ],
)
def test_greeting_is_greeted_in_its_language(text: str, language: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.intent, early.language) == (
        "clarify",
        "greeting",
        language,
    )


@pytest.mark.parametrize(
    "text",
    [
        "thank you very much!",
        "Vielen Dank",
        "merci beaucoup",
        "thanks, that helped",
        "great, thank you, that helped",
        "Perfect!",
        "Super, das hat geholfen",
        "Gracias, me ayudó mucho",
        "Merci, ça m'a aidé",
        "Grazie, mi ha aiutato",
        "Obrigado, ajudou muito",
        "Bedankt, dat helpt",
        "Dziękuję, to pomogło",
        "Спасибо, помогло",
        "Teşekkürler, yardımcı oldu",
        "شكرا، ممتاز",
        "谢谢，很有帮助",
    ],
)
def test_thanks_are_accepted(text: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.intent) == ("clarify", "thanks")


@pytest.mark.parametrize(("text", "language"), [("STOP", "de"), ("отписаться", "ru")])
def test_stop_is_confirmed_and_nothing_is_offered(text: str, language: str) -> None:
    topics = (Topic(article_id="a", title="Versand", language=language),)
    wish = Wish(name="opt_out", language=language, text="No more.")
    early = settle_early(make_turn(text, language="de", topics=topics, wish=wish))
    assert early and (early.outcome, early.intent) == ("clarify", "opt_out")
    assert (early.content, early.choices, early.language) == ("No more.", (), language)


@pytest.mark.parametrize(("text", "language"), [("START", "de"), ("подписаться", "ru")])
def test_start_of_who_had_said_stop_is_confirmed(text: str, language: str) -> None:
    wish = Wish(name="opt_in", language=language, text="Once more.")
    early = settle_early(make_turn(text, language="de", wish=wish, had_opted_out=True))
    assert early and (early.outcome, early.intent) == ("clarify", "opt_in")
    assert (early.content, early.choices, early.language) == ("Once more.", (), language)


def test_start_of_anybody_else_begins_a_talk() -> None:
    wish = Wish(name="opt_in", language="en", text="Once more.")
    early = settle_early(make_turn("START", wish=wish))
    assert early and (early.intent, early.content) == ("greeting", PHRASES["en"].hello)


def test_start_within_a_talk_is_a_question() -> None:
    wish = Wish(name="opt_in", language="en", text="Once more.")
    before = (Line(role="ai", content="Shall I start the return?"),)
    assert settle_early(make_turn("START", wish=wish, history=before)) is None


def test_where_the_ai_is_off_people_answer() -> None:
    early = settle_early(make_turn("Thanks!", mode="off"))
    assert early and (early.outcome, early.reason) == ("hand_over", "ai_disabled")


def test_a_greeting_in_another_language_is_no_proof_of_one() -> None:
    early = settle_early(hear(make_turn("Bom dia", language="de"), LANGUAGES))
    assert early and (early.language, early.language_probability) == ("pt", 0.0)


def test_confident_answer_stands() -> None:
    reply = decide(make_turn(), GOOD, WEAK)
    assert (reply.outcome, reply.content, reply.confidence) == ("answer", "Two days.", 0.9)


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


ANSWERED = (Line(role="customer", content="how long?"), Line(role="ai", content="Two days."))
ASKED = (Line(role="ai", content=PHRASES["en"].ask),)


OKS = ("ok", "alles klar", "vale", "d'accord", "va bene", "tá bom", "begrepen", "rozumiem")
MORE_OKS = ("понятно", "tamam", "حسنا", "好的", "Ok, got it!")


@pytest.mark.parametrize("text", OKS + MORE_OKS)
def test_an_ok_to_an_answer_is_no_question(text: str) -> None:
    early = settle_early(make_turn(text, history=ANSWERED))
    assert early and (early.outcome, early.intent) == ("clarify", "thanks")


@pytest.mark.parametrize("text", ["ok?", "ok, how long?", "ok but where is it", "yes", "no"])
def test_what_says_more_than_ok_is_a_question(text: str) -> None:
    assert settle_early(make_turn(text, history=ANSWERED)) is None


OFFERED = (Line(role="ai", content="Two days. Would you like me to explain the steps?"),)
WELCOMED = (Line(role="ai", content=PHRASES["en"].welcome + "\n- Delivery"),)
OF_CUSTOMER = (Line(role="customer", content="Two days."),)


@pytest.mark.parametrize("history", [(), OFFERED, OF_CUSTOMER])
def test_an_ok_to_nothing_or_to_an_offer_is_no_thanks(history: tuple[Line, ...]) -> None:
    assert settle_early(make_turn("ok", history=history)) is None


def test_an_ok_to_our_welcome_is_thanks() -> None:
    early = settle_early(make_turn("ok", history=WELCOMED))
    assert early and early.intent == "thanks"


THANKS = ("got it, thanks", "alles klar, danke", "vale gracias", "d'accord merci", "va bene grazie")
MORE_THANKS = (
    "entendi, obrigado", "duidelijk, bedankt", "rozumiem, dziękuję", "понятно, спасибо",
    "anladım teşekkürler", "تمام شكرا", "明白了，谢谢",
)  # fmt: skip


@pytest.mark.parametrize("text", THANKS + MORE_THANKS)
def test_an_ok_with_thanks_is_thanks(text: str) -> None:
    early = settle_early(make_turn(text))
    assert early and early.intent == "thanks"


WHO = (
    ("en", "Are you a robot?"),
    ("en", "hi, am i talking to a bot or a human?"),
    ("en", "Are you human or a robot?"),
    ("en", "Who am I talking to?"),
    ("en", "Am I talking to a human?"),
    ("de", "Sind Sie ein Mensch oder ein Roboter?"),
    ("fr", "Est-ce que vous êtes un robot ?"),
    ("es", "¿eres humano o robot?"),
    ("ru", "Вы живой человек?"),
    ("de", "Bist du ein Bot?"),
    ("es", "¿Eres un robot?"),
    ("fr", "Vous êtes un robot ?"),
    ("it", "Sei un bot?"),
    ("pt", "Você é um robô?"),
    ("nl", "Ben je een robot?"),
    ("pl", "Czy jesteś botem?"),
    ("ru", "Вы робот?"),
    ("tr", "Robot musun?"),
    ("ar", "هل أنت روبوت؟"),
    ("zh", "你是机器人吗？"),
)


@pytest.mark.parametrize(("language", "text"), WHO)
def test_who_asks_whether_we_are_a_machine_is_told_so(language: str, text: str) -> None:
    early = settle_early(make_turn(text, language=language))
    assert early and (early.outcome, early.intent) == ("clarify", "introduction")
    assert early.content == PHRASES[language].introduction
    assert early.signals["asks_for_human"] is False


@pytest.mark.parametrize(
    "text", ["is the robot vacuum loud?", "who are you delivering with?", "are you open?"]
)
def test_who_asks_about_machines_or_us_asks_a_question(text: str) -> None:
    assert settle_early(make_turn(text)) is None


@pytest.mark.parametrize("language", PHRASES)
def test_every_form_of_that_question_is_heard(language: str) -> None:
    forms = [form.replace("_", " ") for form in PHRASES[language].asks_who.split()]
    early = {form: settle_early(make_turn(form, language=language)) for form in forms}
    assert [form for form, one in early.items() if not one or one.intent != "introduction"] == []


def test_who_would_rather_not_talk_to_a_person_gets_none() -> None:
    asked = "I'd rather not talk to a person, just tell me the opening hours"
    assert settle_early(make_turn(asked)) is None


def test_who_asks_and_wants_a_person_gets_one() -> None:
    early = settle_early(make_turn("are you a bot? give me a human"))
    assert early and early.reason == "asked_for_human"


def test_introductions_are_in_their_languages() -> None:
    written = [make_turn(one.introduction, language=None) for one in PHRASES.values()]
    assert [hear(turn, tuple(PHRASES)).language for turn in written] == list(PHRASES)


@pytest.mark.parametrize(
    ("text", "history", "outcome", "intent"),
    [
        ("👍", ANSWERED, "clarify", "thanks"),
        ("❤️🙏", ANSWERED, "clarify", "thanks"),
        ("👍", (), "clarify", "greeting"),
        ("👋", (), "clarify", "greeting"),
        ("🚗", (), "clarify", "no_words"),
        ("👎", ANSWERED, "clarify", "no_words"),
        ("", (), "clarify", "no_words"),
        ("?!", ANSWERED, "clarify", "no_words"),
        ("\u200f \u202e", (), "clarify", "no_words"),
        ("", ASKED, "hand_over", None),
        ("...", ASKED, "hand_over", None),
    ],
)
def test_message_without_words_has_a_clear_outcome(
    text: str, history: tuple[Line, ...], outcome: str, intent: str | None
) -> None:
    early = settle_early(make_turn(text, history=history))
    assert early and (early.outcome, early.intent) == (outcome, intent)
    assert early.reason == ("no_words" if outcome == "hand_over" else None)


def test_the_request_for_words_is_in_the_customers_language_with_topics() -> None:
    topics = (Topic(article_id="a", title="Versand", language="de"),)
    early = settle_early(make_turn("🚗", language="de-AT", topics=topics))
    assert early and early.content == f"{PHRASES['de'].ask}\n- Versand"
    assert early.choices == ({"id": "a", "title": "Versand"},)


def test_a_first_greeting_offers_the_topics_of_its_language_alone() -> None:
    topics = tuple(
        Topic(article_id=code, title=code, language=code) for code in ("en", "fr", "pt-BR")
    )
    early = settle_early(make_turn("Olá!", language=None, topics=topics))
    assert early and [choice["id"] for choice in early.choices] == ["pt-BR"]


@pytest.mark.parametrize("text", ["Hello!", "Thank you!", "STOP", "🚗"])
def test_small_talk_rests_on_no_article(text: str) -> None:
    topics = (Topic(article_id="a", title="Delivery", language="en"),)
    wish = Wish(name="opt_out", language="en", text="No more.") if text == "STOP" else None
    early = settle_early(make_turn(text, topics=topics, wish=wish))
    assert early and (early.outcome, early.sources) == ("clarify", ())


@pytest.mark.parametrize("language", PHRASES)
def test_the_choice_of_a_person_hands_over(language: str) -> None:
    early = settle_early(make_turn(PHRASES[language].to_person, language=language))
    assert early and (early.outcome, early.reason) == ("hand_over", "asked_for_human")


@pytest.mark.parametrize(
    "text", ["I want to make a complaint", "Das ist eine Frechheit!", "我要投诉", "أريد تقديم شكوى"]
)
def test_complaint_hands_over_in_the_same_turn(text: str) -> None:
    early = settle_early(make_turn(text))
    assert early and (early.outcome, early.reason) == ("hand_over", "complaint")
    assert early.signals["complaint"] and early.sentiment == "negative"


def test_reply_carries_the_language_and_the_signals() -> None:
    turn = hear(make_turn("That did not help, how long does delivery take?"), LANGUAGES)
    known = decide(turn, GOOD, WEAK).as_json()
    assert known["language"] == "en"
    assert known["language_probability"] >= 0.9
    assert known["signals"] == {
        "asks_for_human": False,
        "complaint": False,
        "not_helped": True,
        "sentiment": "negative",
    }


def test_the_models_own_sentiment_stands() -> None:
    reply = decide(make_turn("this is great"), replace(GOOD, sentiment="negative"), WEAK)
    assert (reply.sentiment, reply.signals["sentiment"]) == ("negative", "negative")
    assert decide(make_turn("this is great"), GOOD, WEAK).sentiment == "positive"


GERMAN = replace(GOOD, content="Die Lieferung dauert zwei bis vier Werktage.", language="de")
ENGLISH = replace(GOOD, content="Standard delivery takes two to four working days.")


def test_reply_in_another_language_is_replaced_by_the_prepared_answer() -> None:
    reply = decide(make_turn(), GERMAN, ENGLISH)
    assert (reply.outcome, reply.content) == ("answer", ENGLISH.content)
    assert (reply.error, reply.language) == ("wrong_language", "en")


@pytest.mark.parametrize("prepared", [WEAK, GERMAN])
def test_reply_in_another_language_without_one_that_fits_hands_over(prepared: Reply) -> None:
    reply = decide(make_turn(), GERMAN, prepared)
    assert (reply.outcome, reply.reason) == ("hand_over", "wrong_language")


def test_question_back_in_another_language_is_not_asked() -> None:
    back = Reply(outcome="clarify", content="Um welche Bestellung geht es denn genau?")
    assert decide(make_turn(), back, WEAK).reason == "wrong_language"


@pytest.mark.parametrize(("is_clarified", "outcome"), [(False, "clarify"), (True, "hand_over")])
def test_a_model_that_asks_back_a_second_time_gives_the_turn_to_people(
    is_clarified: bool, outcome: str
) -> None:
    back = Reply(outcome="clarify", content="Which order do you mean, and when was it?")
    reply = decide(make_turn(pick=Pick(is_clarified=is_clarified)), back, WEAK)
    assert (reply.outcome, reply.reason) == (
        outcome,
        "clarified_before" if is_clarified else None,
    )


def test_article_in_another_language_does_not_answer_a_failed_model() -> None:
    reply = decide(make_turn(), FAILED, GERMAN)
    assert (reply.outcome, reply.reason) == ("hand_over", "model_timeout")


def test_customers_language_wins_over_the_articles() -> None:
    turn = hear(make_turn("Wie lange dauert denn die Lieferung?", language="en"), LANGUAGES)
    reply = decide(turn, GERMAN, WEAK)
    assert (reply.outcome, reply.language) == ("answer", "de")


def whole_turn(text: str, history: tuple[Line, ...] = ()) -> tuple[Turn, Reply]:
    turn = hear(make_turn(text, history=history), LANGUAGES)
    return turn, settle_early(turn) or decide(turn, GOOD, WEAK)


@given(st.text(), st.sampled_from([(), ANSWERED, ASKED]))
@settings(max_examples=300, deadline=None)
def test_any_text_has_an_outcome(text: str, history: tuple[Line, ...]) -> None:
    _, reply = whole_turn(text, history)
    assert reply.outcome in ("answer", "clarify", "hand_over")
    assert reply.content or reply.reason


@pytest.mark.parametrize(
    "piece", ["a", "где ", "我", "😀", "?!", "hello ", "مرحبا ", "\u202e", "a'"]
)
def test_hundred_thousand_characters_cost_little(piece: str) -> None:
    load(LANGUAGES)
    said = (piece * 100_000)[:100_000]
    assert is_within(processor_s(lambda: whole_turn(said)), 0.5)
    assert whole_turn(said)[1].outcome in ("answer", "clarify", "hand_over")


@pytest.mark.parametrize("end", [". ", " "], ids=["sentences", "one sentence"])
def test_hundred_thousand_characters_and_a_long_article_cost_little(end: str) -> None:
    paragraph = f"Standard delivery takes two to four working days abroad{end}" * 3000
    (passage, *_) = make_turn().knowledge
    long = replace(passage, content=paragraph, article=paragraph, coverage=0.9)
    turn = make_turn("How long does delivery take? " * 3500, knowledge=(long,) * 5)
    assert is_within(processor_s(lambda: extract(turn)), 0.5)
    assert len(extract(turn).content) <= MAX_CHARACTERS


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


OPENED, CLOSED = 0.65, 0.95


@pytest.mark.parametrize(
    ("model", "outcome"), [("gpt-5", "hand_over"), ("small", "answer"), ("", "answer")]
)
def test_a_model_is_held_to_what_labels_taught_of_it_alone(model: str, outcome: str) -> None:
    turn = make_turn(gates={"gpt-5": CLOSED, "words 1": CLOSED})
    assert decide(turn, replace(GOOD, model=model), FAILED).outcome == outcome


@pytest.mark.parametrize(("fit", "outcome"), [("words 1", "hand_over"), ("words 2", "answer")])
def test_a_prepared_answer_is_held_to_its_fit_not_to_the_model_that_failed(
    fit: str, outcome: str
) -> None:
    turn = make_turn(gates={"words 1": CLOSED, "gpt-5": CLOSED})
    failed = replace(FAILED, model="gpt-5")
    assert decide(turn, failed, replace(GOOD, model="embedded", fit=fit)).outcome == outcome


def test_what_labels_taught_lets_nothing_through_below_what_is_set() -> None:
    turn = make_turn(gates={"gpt-5": OPENED})
    assert decide(turn, replace(WEAK, model="gpt-5"), FAILED).reason == "low_confidence"
