"""Asking back: up to three articles to choose from, and a person, in the customer's language."""

# ruff: noqa: RUF001 - letters of other scripts are meant

from __future__ import annotations

from collections.abc import Mapping, Sequence

from worker.knowledge import Passage

# The id of the choice that wants a person; an article's choice has the article's id.
PERSON = "person"
MOST = 3
# What asks, and the last choice.
WORDS: Mapping[str, tuple[str, str]] = {
    "ar": ("هل تقصد أحد هذه المواضيع؟", "التحدث إلى شخص"),
    "de": ("Meinen Sie eines davon?", "Mit einem Menschen sprechen"),
    "en": ("Did you mean one of these?", "Talk to a person"),
    "es": ("¿Se refiere a alguno de estos temas?", "Hablar con una persona"),
    "fr": ("S'agit-il de l'un de ces sujets ?", "Parler à une personne"),
    "it": ("Intende uno di questi argomenti?", "Parlare con una persona"),
    "nl": ("Bedoelt u een van deze onderwerpen?", "Met een medewerker praten"),
    "pl": ("Czy chodzi o jeden z tych tematów?", "Porozmawiać z człowiekiem"),
    "pt": ("Refere-se a um destes temas?", "Falar com uma pessoa"),
    "ru": ("Вы имеете в виду одну из этих тем?", "Поговорить с человеком"),
    "tr": ("Bunlardan birini mi kastettiniz?", "Bir insanla görüşmek"),
    "zh": ("您想问的是以下哪一项？", "转人工客服"),
}
# A mail numbers its choices itself; everywhere else a button may be too short for its title.
NUMBERED_ANYWAY = frozenset({"email"})


def ask_back(
    passages: Sequence[Passage], language: str | None, channel_type: str
) -> tuple[str, tuple[Mapping[str, str], ...]]:
    """The text that offers articles, and its choices: at most three, then a person."""
    question, person = WORDS.get((language or "en")[:2].lower(), WORDS["en"])
    titles = dict.fromkeys(passage.title for passage in passages[:MOST])
    first = {passage.title: passage.article_id for passage in reversed(passages[:MOST])}
    choices = [{"id": first[title], "title": title} for title in titles]
    choices.append({"id": PERSON, "title": person})
    lines = [f"{number}. {choice['title']}" for number, choice in enumerate(choices, start=1)]
    text = question if channel_type in NUMBERED_ANYWAY else "\n".join([question, *lines])
    return text, tuple(choices)
