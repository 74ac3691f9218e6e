"""What customers are told in the house's own words is in their language."""

from __future__ import annotations

import pytest
from psycopg import Connection

from romashka.settings import LANGUAGES
from tests.sql.rows import one
from tests.worker.offices import Office, answering
from worker.language import identify

TOLD = (
    "private.hand_over_text(%s)",
    "private.failure_text(%s)",
    "private.office_text(%s, '2026-11-30 09:00+00', 'UTC')",
    "private.stopped_text(%s)",
    "private.resumed_text(%s)",
    "private.fallback_text(%s, 'whatsapp', '.')",
    "private.continuity_frame(%s) ->> 'before'",
    "private.continuity_frame(%s) ->> 'after'",
)
PERSON = {
    "en": "I would like to talk to a person, please.",
    "es": "Quiero hablar con una persona, por favor.",
    "fr": "Je voudrais parler à une personne, s'il vous plaît.",
    "de": "Ich möchte bitte mit einem Menschen sprechen.",
    "it": "Vorrei parlare con una persona, per favore.",
    "pt": "Gostaria de falar com uma pessoa, por favor.",
    "nl": "Ik wil graag met een medewerker spreken.",
    "pl": "Chcę porozmawiać z człowiekiem, proszę.",
    "ru": "Мне нужен живой человек, пожалуйста.",
    "tr": "Bir insanla görüşmek istiyorum lütfen.",
    "ar": "أريد التحدث مع شخص حقيقي من فضلك",
    "zh": "我想和人工客服说话",
}


def language_of(text: str) -> str | None:
    """The likeliest of the twelve languages."""
    guess = identify(text, LANGUAGES)
    return guess and guess.language


@pytest.mark.parametrize("told", TOLD)
def test_each_language_has_its_words_in_it(db: Connection, told: str) -> None:
    texts = {language: one(db, f"select {told}", language) for language in LANGUAGES}
    assert {language: language_of(text) for language, text in texts.items()} == {
        language: language for language in LANGUAGES
    }


async def test_whoever_asks_for_a_person_is_told_in_the_language_they_wrote(office: Office) -> None:
    async with answering(office):
        asked = {
            language: office.ask(PERSON[language], f"49151000001{number:02}")
            for number, language in enumerate(LANGUAGES)
        }
        await office.all_turns_ended()
    told = {
        language: office.said(conversation, "system")[0]["content"]
        for language, conversation in asked.items()
    }
    assert {language: language_of(text) for language, text in told.items()} == {
        language: language for language in LANGUAGES
    }
