"""Long texts in parts that a reader does not trip over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from romashka.channels.instagram import bytes_in
from romashka.channels.splitting import split_text, utf16_units

FAMILY = "\N{MAN}\N{ZERO WIDTH JOINER}\N{WOMAN}\N{ZERO WIDTH JOINER}\N{GIRL}"
FLAG = "\U0001f1e9\U0001f1ea"
WAVE = "\N{WAVING HAND SIGN}\U0001f3fd"
ACCENT = "e\N{COMBINING ACUTE ACCENT}"
KEYCAP = "1\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}"

texts = st.text(
    st.sampled_from(
        [*"abc.!? \n\r\t\u3002", *FAMILY, *FLAG, *WAVE, *ACCENT, "\U0001d11e", "\u1112"]
    ),
    max_size=300,
)


def test_a_short_text_is_one_part() -> None:
    assert split_text("Three days.", 20) == ["Three days."]


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_a_text_without_words_has_no_part(text: str) -> None:
    assert split_text(text, 20) == []


def test_paragraphs_stay_whole_where_they_can() -> None:
    assert split_text("One. Two.\n\nThree. Four.", 18) == ["One. Two.", "Three. Four."]


def test_sentences_stay_whole_where_paragraphs_cannot() -> None:
    assert split_text("One is one. Two is two. Three", 25) == ["One is one. Two is two.", "Three"]


def test_words_stay_whole_where_sentences_cannot() -> None:
    assert split_text("alpha beta gamma delta", 12) == ["alpha beta", "gamma delta"]


def test_a_short_first_paragraph_does_not_waste_a_message() -> None:
    assert split_text("Hi\n\nalpha beta gamma delta", 17) == ["Hi\n\nalpha beta", "gamma delta"]


def test_japanese_sentences_end_without_a_space() -> None:
    stop = "\u3002"
    assert split_text(f"aaaaaa{stop}bbbb{stop}", 8) == [f"aaaaaa{stop}", f"bbbb{stop}"]


@pytest.mark.parametrize("sign", [FAMILY, FLAG, WAVE, ACCENT, KEYCAP])
def test_what_a_reader_sees_as_one_character_is_not_cut(sign: str) -> None:
    for limit in range(len(sign), 3 * len(sign)):
        for part in split_text(sign * 7, limit):
            assert part.replace(sign, "") == ""


@given(texts, st.integers(4, 60), st.sampled_from([len, bytes_in]))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_parts_fit_are_not_empty_and_lose_only_white_space(
    text: str, limit: int, size: object
) -> None:
    measure = bytes_in if size is bytes_in else len
    parts = split_text(text, limit, measure)
    assert all(part.strip() and measure(part) <= limit for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_a_text_of_a_hundred_thousand_words_takes_a_moment() -> None:
    parts = split_text("word " * 100_000, 2000)
    assert max(map(len, parts)) <= 2000
    assert sum(part.count("word") for part in parts) == 100_000


def test_units_of_utf16_are_counted() -> None:
    assert utf16_units("a\N{BLOSSOM}") == 3
    flower = "\N{BLOSSOM}"
    assert split_text(flower * 5, 4, utf16_units) == [flower * 2, flower * 2, flower]
