"""What is nothing but polite costs an answer nothing; what changes what was said is never that."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

import pytest

from tests.worker.turns import DELIVERY, make_turn
from worker.confidence import grounded_confidence
from worker.courtesies import TABLES, is_courtesy, without_courtesies
from worker.grounding import speaks_beyond
from worker.phrases.languages import LANGUAGES
from worker.turn import THRESHOLD

TEXT = "Standard delivery takes 2 to 4 working days."
POLITE = {
    "en": [
        "Happy to help!",
        "Let me know if you have any other questions.",
        "Is there anything else I can help you with?",
        "Thanks for reaching out!",
        "Feel free to ask if anything is unclear!",
        "Please don't hesitate to contact us.",
        "I hope this helps.",
        "Have a lovely day!",
    ],
    "es": ["¿Puedo ayudarle en algo más?", "Gracias por contactarnos.", "No dude en escribirnos."],
    "fr": ["Puis-je vous aider pour autre chose ?", "N'hésitez pas à nous contacter.", "Bonjour !"],
    "de": [
        "Kann ich Ihnen sonst noch weiterhelfen?",
        "Melden Sie sich gern, falls noch etwas unklar ist.",
        "Zögern Sie nicht, uns zu kontaktieren.",
        "Ich wünsche Ihnen einen schönen Tag!",
    ],
    "it": ["Posso aiutarla in altro?", "Non esiti a contattarci.", "Buona giornata!"],
    "pt": ["Posso ajudar em mais alguma coisa?", "Não hesite em nos contactar.", "Bom dia!"],
    "nl": ["Kan ik u ergens anders mee helpen?", "Aarzel niet om contact op te nemen."],
    "pl": ["Czy mogę jeszcze w czymś pomóc?", "Miłego dnia!"],
    "ru": [
        "Могу ли я ещё чем-нибудь помочь?",
        "Обращайтесь, если появятся вопросы.",
        "Добрый день!",
    ],
    "tr": ["Başka bir konuda yardımcı olabilir miyim?", "İyi günler!"],
    "ar": ["هل لديك أسئلة أخرى؟", "يسعدنا مساعدتك."],
    "zh": ["还有什么可以帮您？", "如果还有其他问题，请随时联系我们。"],
}
TELLING = [
    ("en", "Sadly not in your case."),
    ("en", "That is not possible."),
    ("en", "This does not apply to you."),
    ("en", "Only unopened ones, though."),
    ("en", "Not on Sundays."),
    ("en", "Please ignore the rest."),
    ("en", "Once done, there is no way back."),
    ("en", "The following we refuse to take:"),
    ("en", "It is free for you."),
    ("en", "You get your money back."),
    ("en", "Call 555 1234 any time."),
    ("en", "Write to help@evil.example."),
    ("en", "Please send us your password."),
    ("en", "Hello:"),
    ("en", "Sorry, we don't."),
    ("de", "Leider geht das in Ihrem Fall nicht."),
    ("de", "Davon ausgenommen:"),
    ("de", "Das kostet Sie nichts."),
    ("fr", "Sauf le maquillage."),
    ("es", "Es gratis para usted."),
    ("ru", "Кроме помады."),
    ("ar", "للأسف هذا غير ممكن."),
    ("zh", "口红除外。"),
    ("sv", "Hej!"),
    ("en", ""),
]


def test_every_language_of_ours_has_its_words() -> None:
    assert TABLES.keys() == LANGUAGES.keys() == POLITE.keys()


@pytest.mark.parametrize(
    ("language", "said"), [(name, said) for name, ones in POLITE.items() for said in ones]
)
def test_politeness_is_known(language: str, said: str) -> None:
    assert is_courtesy(said, language)
    assert without_courtesies(f"{said} {TEXT}", language).strip() == TEXT


@pytest.mark.parametrize(("language", "said"), TELLING)
def test_what_says_something_is_none(language: str, said: str) -> None:
    assert not is_courtesy(said, language)


def test_who_may_feel_free_is_promised_nothing() -> None:
    turn = make_turn(knowledge=(DELIVERY,))
    free, paid = "Feel free to wait 2 to 4 working days.", "Delivery is free, 2 to 4 working days."
    assert not speaks_beyond(free, "en", turn.knowledge)
    assert speaks_beyond(paid, "en", turn.knowledge)


@pytest.mark.parametrize("said", POLITE["en"])
def test_a_polite_answer_is_as_good_as_a_curt_one(said: str) -> None:
    turn = make_turn(knowledge=(DELIVERY,))
    curt = grounded_confidence(turn, TEXT, (DELIVERY,))
    polite = grounded_confidence(turn, f"{said} {TEXT}", (DELIVERY,))
    assert polite == pytest.approx(curt) and curt > THRESHOLD
    assert grounded_confidence(turn, said, (DELIVERY,)) < THRESHOLD
