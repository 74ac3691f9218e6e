"""The language of a customer: how often it is told right, when it changes, when a reply is foreign.

Shares are of 12 languages' own short messages, written as customers write them.
"""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import pytest

from romashka.settings import LANGUAGES, BadSetting, Settings
from tests.worker.sayings import of
from tests.worker.turns import make_turn
from tests.yardstick import is_within, processor_s
from worker.language import hear, identify, is_foreign, load
from worker.turn import Line


def told(text: str) -> str | None:
    guess = identify(text, LANGUAGES)
    return guess and guess.language


def heard(question: str, language: str | None = None, **changes: object) -> str | None:
    return hear(make_turn(question, language=language, **changes), LANGUAGES).language


def said(*texts: str) -> tuple[Line, ...]:
    return tuple(Line(role="customer", content=text) for text in texts)


@pytest.mark.parametrize("kind", ["brief", "short", "ordinary"])
def test_of_short_messages_97_in_a_hundred_are_told_right(kind: str) -> None:
    found = of(kind)
    assert len(found) >= 15 * len(LANGUAGES)
    assert sum(told(one.text) == one.language for one in found) >= 0.97 * len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_is_told_right_in_95_of_a_hundred(language: str) -> None:
    found = [one for one in of("short", "ordinary") if one.language == language]
    assert sum(told(one.text) == language for one in found) >= 0.95 * len(found)


def test_with_the_conversations_language_99_in_a_hundred_are_right() -> None:
    found = of("short", "ordinary", "human", "complaint", "not_helped")
    right = [heard(one.text, one.language) == one.language for one in found]
    assert sum(right) >= 0.99 * len(found)


def test_another_language_is_taken_up_from_a_sentence() -> None:
    """A browser that says English says little about who writes."""
    found = [one for one in of("ordinary") if one.language != "en" and len(one.text.split()) >= 5]
    right = [heard(one.text, "en-US") == one.language for one in found]
    assert sum(right) >= 0.95 * len(found)


@pytest.mark.parametrize("text", ["ok", "pizza?", "ok super", "", "12345", "😀", "https://a.de/b"])
def test_few_words_keep_the_conversations_language(text: str) -> None:
    assert heard(text, "fr-CA") == "fr-CA"


def test_the_regions_tag_stays_where_the_language_is_the_same() -> None:
    assert heard("Wo ist denn mein Paket geblieben?", "de-AT") == "de-AT"


@pytest.mark.parametrize("text", ["¿Venden cascos?", "¡Hola!", "¿Pizza?"])
def test_signs_that_only_spanish_has_tell_it(text: str) -> None:
    assert first_heard(text, "en") == "es"


def test_a_sure_sentence_changes_the_language() -> None:
    assert heard("Wo ist denn mein Paket geblieben?", "en") == "de"


def test_two_probable_sentences_in_a_row_change_the_language() -> None:
    text = "serve un documento per me"
    guess = identify(text, LANGUAGES)
    assert guess
    assert guess.language == "it"
    assert 0.8 <= guess.probability < 0.9
    assert heard(text, "es") == "es"
    history = said("anche mia sorella è cliente")
    turn = hear(make_turn(text, language="es", history=history), LANGUAGES)
    assert turn.language == "it"
    assert turn.language_probability >= 0.9
    assert heard(text, "es", history=said("Dónde está mi pedido, por favor")) == "es"


def first_heard(text: str, likely: str | None) -> str | None:
    """The language of a stranger's first words, where their telephone's country speaks `likely`."""
    return heard(text, likely, language_is_known=False)


def test_a_few_words_of_a_stranger_go_by_their_telephones_country() -> None:
    turn = hear(make_turn("ok", language="de", language_is_known=False), LANGUAGES)
    assert (turn.language, turn.language_probability) == ("de", 0.0)


def test_what_is_plain_a_telephones_country_does_not_outweigh() -> None:
    assert first_heard("my order arrived damaged", "de") == "en"


@pytest.mark.parametrize("text", ["hello", "refund?", "Invoice", "size", "price", "My invoice"])
@pytest.mark.parametrize("likely", ["de", "es", "nl"])
def test_a_word_of_english_that_the_telephones_country_has_not_is_english(
    text: str, likely: str
) -> None:
    turn = hear(make_turn(text, language=likely, language_is_known=False), LANGUAGES)
    assert turn.language == "en"
    assert turn.language_probability >= 0.5


@pytest.mark.parametrize("text", ["Tracking?", "Order", "Newsletter", "Team", "Hi"])
def test_a_word_that_germans_write_as_well_is_german_from_their_telephone(text: str) -> None:
    assert first_heard(text, "de") == "de"


def test_of_words_by_themselves_those_of_the_telephones_country_stay_its_own() -> None:
    for language in LANGUAGES:
        found = {
            word
            for one in of("short", "ordinary")
            if one.language == language
            for word in one.text.split()
            if len(word) > 3
        }
        assert sum(first_heard(word, language) == language for word in found) >= 0.98 * len(found)


@pytest.mark.parametrize(("kind", "right"), [("brief", 0.97), ("short", 0.95), ("ordinary", 0.99)])
def test_with_whatever_telephone_messages_are_told_right(kind: str, right: float) -> None:
    pairs = [(one, likely) for one in of(kind) for likely in LANGUAGES]
    found = [first_heard(one.text, likely) == one.language for one, likely in pairs]
    own = [
        found for found, (one, likely) in zip(found, pairs, strict=True) if likely == one.language
    ]
    assert sum(found) >= right * len(found)
    assert sum(own) >= 0.995 * len(own)


@pytest.mark.parametrize("text", ["ok", "no", "refund", "size"])
def test_a_word_of_a_stranger_that_hardly_tells_its_language_tells_none(text: str) -> None:
    turn = hear(make_turn(text, language=None), LANGUAGES)
    assert (turn.language, turn.language_probability) == (None, 0.0)
    assert not is_foreign(turn, "You may return any unused item within 30 days.")
    assert heard("Lieferzeit") == "de"


NONSENSE = [
    "asdf qwer zxcv",
    "jdhfjsdf ksjdf",
    "qwertz uiop asdfgh",
    "sdfg hjkl dfgh",
    "xcvb nmop",
    "lkjhg fdsa poiu",
    "zzz zzz zzz",
    "hjkl hjkl hjkl",
    "dfgdfg dfgdfg",
    "aaaa bbbb cccc",
    "fghj rtyu vbnm",
    "lol lol",
    "hahaha",
    "asdfgh",
    "asdkjh qwe",
    "asdkjh qwe zxc",
    "asdkjhasd kjahsd",
    "wertz dfgh",
    "lkjlkj",
    "gfhgfh",
]


@pytest.mark.parametrize("text", [*NONSENSE, "???", "🙈🙈"])
@pytest.mark.parametrize("likely", ["es", None])
def test_what_is_no_language_leaves_the_one_expected(text: str, likely: str | None) -> None:
    assert first_heard(text, likely) == likely
    assert heard(text, likely) == likely


@pytest.mark.parametrize(
    ("text", "language"), [("sprzęt?", "pl"), ("kwijt", "nl"), ("wat kost verzendng", "nl")]
)
def test_words_with_few_vowels_are_of_a_language_that_is_sure_of_them(
    text: str, language: str
) -> None:
    assert first_heard(text, None) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Где мой заказ", "ru"),
        ("是", "zh"),
        ("أين طلبي", "ar"),
        ("注文はどこですか", "ja"),
        ("주문 어디", "ko"),
        ("ที่ไหน", "th"),
        ("मेरा ऑर्डर कहाँ है", "hi"),
        ("πού είναι", "el"),
        ("есть iPhone 15 Pro Max?", "ru"),
        ("我要买 iPhone 15 Pro Max", "zh"),
    ],
)
def test_a_script_is_certain(text: str, language: str) -> None:
    guess = identify(text, LANGUAGES)
    assert guess == (guess and type(guess)(language=language, probability=1.0, is_firm=True))


def test_a_name_in_another_script_does_not_hide_the_sentence() -> None:
    assert told("My name is Алексей and I would like to know where my order is") == "en"


def test_languages_of_one_script_are_told_by_their_letters() -> None:
    languages = ("en", "ru", "uk")
    guess = identify("Де моє замовлення, будь ласка", languages)
    assert guess
    assert guess.language == "uk"
    guess = identify("Где мой заказ, скажите пожалуйста", languages)
    assert guess
    assert guess.language == "ru"


def test_only_the_configured_languages_come_into_question() -> None:
    guess = identify("Wo ist denn mein Paket geblieben?", ("en", "nl"))
    assert guess
    assert guess.language == "nl"


def test_a_reply_in_another_language_is_foreign_and_one_in_the_same_is_not() -> None:
    """Every reply of twelve characters and more against every language of the same script."""
    latin = [name for name in LANGUAGES if name not in ("ru", "ar", "zh")]
    replies = [one for one in of("ordinary") if one.language in latin and len(one.text) >= 20]
    turns = {name: hear(make_turn(TALK[name], language=name), LANGUAGES) for name in latin}
    own = [is_foreign(turns[one.language], one.text) for one in replies]
    assert sum(own) == 0
    others = [
        is_foreign(turns[name], one.text)
        for one in replies
        for name in latin
        if name != one.language
    ]
    assert sum(others) >= 0.99 * len(others)


TALK = {
    "en": "Could you tell me how long the delivery takes, please?",
    "es": "¿Me puede decir cuánto tarda el envío a domicilio?",
    "fr": "Pouvez-vous me dire combien de temps prend la livraison ?",
    "de": "Können Sie mir sagen, wie lange die Lieferung dauert?",
    "it": "Mi può dire quanto tempo ci vuole per la consegna?",
    "pt": "Você pode me dizer quanto tempo demora a entrega?",
    "nl": "Kunt u mij zeggen hoe lang de bezorging duurt?",
    "pl": "Czy może mi pan powiedzieć, ile trwa dostawa?",
    "tr": "Teslimatın ne kadar sürdüğünü söyleyebilir misiniz?",
}


def test_a_reply_like_the_few_words_that_were_asked_is_not_foreign() -> None:
    turn = hear(make_turn("kargo ücreti", language="en"), LANGUAGES)
    assert turn.language == "en"
    assert not is_foreign(turn, "Kargo ücreti siparişinize göre değişir, genelde ücretsizdir.")


def test_another_script_is_foreign() -> None:
    assert is_foreign(make_turn(), "Доставка занимает два дня, не больше.")
    assert not is_foreign(make_turn("?", language="ru"), "Доставка занимает два дня, не больше.")


def test_a_language_that_nothing_can_tell_is_a_bad_setting() -> None:
    with pytest.raises(BadSetting, match=r"AI_LANGUAGES.*qq"):
        load(("en", "qq"))


def test_the_languages_are_a_setting() -> None:
    assert Settings.from_env({}).ai_languages == LANGUAGES
    assert Settings.from_env({"AI_LANGUAGES": "de, EN  de"}).ai_languages == ("de", "en")
    with pytest.raises(BadSetting, match="AI_LANGUAGES must be ISO 639"):
        Settings.from_env({"AI_LANGUAGES": "deutsch1"})


def test_telling_takes_less_than_a_millisecond() -> None:
    load(LANGUAGES)
    texts = [one.text for one in of("short")]
    spent_s = processor_s(lambda: [identify(text, LANGUAGES) for text in texts])
    assert is_within(spent_s / len(texts), 0.001)


def test_a_huge_text_takes_milliseconds() -> None:
    load(LANGUAGES)
    assert is_within(processor_s(lambda: identify("wo ist mein paket " * 6000, LANGUAGES)), 0.1)


def test_with_the_language_come_its_settings() -> None:
    german = {"threshold": 0.9, "max_wrong_rate": 0.02, "instructions": "Duzen."}
    others = {"threshold": 0.6, "max_wrong_rate": 0.05, "instructions": "Be kind."}
    settings = {"de": german, "": others}
    asked = "Wie lange dauert die Lieferung nach Wien?"
    turn = hear(make_turn(asked, language=None, by_language=settings), LANGUAGES)
    assert (turn.threshold, turn.max_wrong_rate, turn.instructions) == (0.9, 0.02, "Duzen.")
    left = make_turn(
        "Combien de temps prend la livraison de ma commande ?", language="de", by_language=settings
    )
    assert hear(left, LANGUAGES).instructions == "Be kind."
    kept = make_turn(asked, language="de-AT", by_language=settings, threshold=0.3)
    assert hear(kept, LANGUAGES).threshold == 0.3
