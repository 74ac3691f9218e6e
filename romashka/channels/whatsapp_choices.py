"""Choices on WhatsApp: up to three as buttons, up to ten as a list, the rest is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from romashka.channels.base import Choice
from romashka.channels.graphemes import cut

MOST_BUTTONS, MOST_ROWS = 3, 10
LONGEST_BUTTON, LONGEST_ROW, LONGEST_DESCRIPTION, LONGEST_ID = 20, 24, 72, 200
LONGEST_BODY = 1024
# What opens a list, and the line above choices that have no text of their own.
WORDS: Mapping[str, tuple[str, str]] = {
    "ar": ("اختر", "يرجى الاختيار:"),
    "de": ("Auswählen", "Bitte wählen Sie:"),
    "en": ("Choose", "Please choose:"),
    "es": ("Elegir", "Por favor, elija:"),
    "fr": ("Choisir", "Veuillez choisir :"),
    "hi": ("चुनें", "कृपया चुनें:"),
    "it": ("Scegli", "Scelga, per favore:"),
    "ja": ("選択", "お選びください:"),
    "ko": ("선택", "선택해 주세요:"),
    "nl": ("Kiezen", "Maak een keuze:"),
    "pl": ("Wybierz", "Proszę wybrać:"),
    "pt": ("Escolher", "Escolha, por favor:"),
    "ru": ("Выбрать", "Пожалуйста, выберите:"),
    "tr": ("Seçin", "Lütfen seçin:"),
    "uk": ("Обрати", "Будь ласка, оберіть:"),
    "zh": ("选择", "请选择:"),
}


def interactive(body: str, choices: Sequence[Choice], language: str | None) -> dict[str, Any]:
    """The `interactive` object for a body of at most LONGEST_BODY characters and its choices."""
    opener, line = WORDS.get((language or "en").lower()[:2], WORDS["en"])
    few = len(choices) <= MOST_BUTTONS
    action = _buttons(choices) if few else _list(choices[:MOST_ROWS], opener)
    return {
        "type": "button" if few else "list",
        "body": {"text": body.strip() or line},
        "action": action,
    }


def _buttons(choices: Sequence[Choice]) -> dict[str, Any]:
    titles = _titles(choices, LONGEST_BUTTON)
    return {
        "buttons": [
            {"type": "reply", "reply": {"id": choice.id[:LONGEST_ID], "title": title}}
            for choice, title in zip(choices, titles, strict=True)
        ]
    }


def _list(choices: Sequence[Choice], opener: str) -> dict[str, Any]:
    titles = _titles(choices, LONGEST_ROW)
    rows = [_row(choice, title) for choice, title in zip(choices, titles, strict=True)]
    return {"button": opener, "sections": [{"rows": rows}]}


def _row(choice: Choice, title: str) -> dict[str, str]:
    row = {"id": choice.id[:LONGEST_ID], "title": title}
    # A title that had to be cut can still be read in full.
    more = choice.description or (choice.title if title != choice.title else "")
    return row | ({"description": cut(more, LONGEST_DESCRIPTION)} if more else {})


def _titles(choices: Sequence[Choice], limit: int) -> list[str]:
    """Titles that fit and differ: the platform refuses two that read the same."""
    found: list[str] = []
    for choice in choices:
        title = cut(" ".join(choice.title.split()) or choice.id, limit)
        if title in found:
            number = f" {len(found) + 1}"
            title = cut(title, limit - len(number)) + number
        found.append(title)
    return found
