"""How a question is taken apart, in languages with and without spaces."""

from __future__ import annotations

import pytest

from tests.sql.rows import add_article, call, one, rows


def words(db, question, language):
    return dict(rows(db, "select * from private.question_words(%s, %s)", question, language))


def test_a_term_comes_with_the_word_it_was_written_as(db):
    assert words(db, "When do parcels arrive?", "en") == {"parcel": "parcels", "arriv": "arrive"}


def test_vowel_signs_of_hindi_do_not_cut_a_word(db):
    assert "पैंथर्स" in words(db, "पैंथर्स कितने?", "hi").values()


@pytest.mark.parametrize(
    ("language", "text", "terms"),
    [
        ("zh", "退货政策", {"退货", "货政", "政策"}),
        ("ja-JP", "返品 OK", {"返品", "ok"}),
        ("th", "คืนเงิน", {"คืน", "ืนเ", "นเง", "เงิ", "งิน"}),
    ],
)
def test_unspaced_text_is_cut_into_runs_of_characters(db, language, text, terms):
    found = words(db, text, language)
    assert set(found) == terms
    assert set(found.values()) == {None}


@pytest.mark.parametrize(
    ("word", "runs"),
    [("size", [" siz", "size"]), ("is", [" is"]), ("", [" "]), (None, None)],
)
def test_runs_of_letters_begin_at_the_space_before_a_word(db, word, runs):
    assert call(db, "private.letter_runs", word) == runs


@pytest.mark.parametrize(("term", "length"), [("size", 4), ("parcels", 5), ("12345678", 8)])
def test_numbers_and_short_words_are_sought_whole(db, term, length):
    assert call(db, "private.stem_length", term) == length


def test_a_bent_word_is_found_where_the_language_has_no_stemmer(db):
    add_article(db, "Zwroty", body="Paczkę można zwrócić w ciągu trzydziestu dni.", language="pl")
    add_article(db, "Płatności", body="Przyjmujemy karty płatnicze.", language="pl")
    query = "select title from search_knowledge('Czy zwrot paczki jest możliwy?', 'pl', 1)"
    assert one(db, query) == "Zwroty"


def test_a_slip_of_the_finger_ranks_by_what_is_left(db):
    add_article(db, "Refunds", body="A refund of the payment takes five days.")
    add_article(db, "Payment", body="The payment is by card.")
    assert one(db, "select title from search_knowledge('refnd of the payment days')") == "Refunds"
