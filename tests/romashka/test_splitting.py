"""Long texts in pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from romashka.channels.splitting import split_text, utf16_units


def test_a_text_that_fits_is_one_piece() -> None:
    assert split_text("Hello", 5) == ("Hello",)


def test_a_text_without_words_has_no_piece() -> None:
    assert split_text(" \n ", 5) == ()


def test_paragraphs_stay_whole() -> None:
    assert split_text("One two.\n\nThree four.", 15) == ("One two.", "Three four.")


def test_sentences_and_words_stay_whole() -> None:
    assert split_text("It is so. And more", 12) == ("It is so.", "And more")
    assert split_text("alpha beta gamma", 11) == ("alpha beta", "gamma")


def test_a_word_that_is_too_long_is_cut() -> None:
    assert split_text("abcdefgh", 3) == ("abc", "def", "gh")


def test_units_of_utf16_are_counted() -> None:
    assert utf16_units("a\N{BLOSSOM}") == 3
    assert split_text("\N{BLOSSOM}" * 5, 4, utf16_units) == (
        "\N{BLOSSOM}" * 2,
        "\N{BLOSSOM}" * 2,
        "\N{BLOSSOM}",
    )


@given(st.text(max_size=200), st.integers(2, 40))
def test_every_piece_fits_and_nothing_but_space_is_lost(text: str, limit: int) -> None:
    pieces = split_text(text, limit, utf16_units)
    assert all(piece.strip() and utf16_units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
