"""A rating by the link a customer was given."""

from __future__ import annotations

import uuid

import pytest

from tests.sql.rows import acting, call, one, refused, rows, state_of, write_in


@pytest.fixture
def link(db):
    """A conversation and the token of its rating link."""
    conversation = write_in(db, language="de")
    return conversation, call(db, "private.create_csat_link", conversation)


def test_whoever_holds_the_link_may_rate_without_signing_in(db, link):
    conversation, token = link
    with acting(db, None, "anon"):
        assert call(db, "record_csat", token, 5, "Danke") == {"rating": 5, "language": "de"}
    assert state_of(db, conversation, "satisfaction_score") == 5
    assert rows(db, "select rating, comment from csat_responses") == [(5, "Danke")]


def test_a_second_rating_replaces_the_first(db, link):
    conversation, token = link
    call(db, "record_csat", token, 5, "Thanks")
    call(db, "record_csat", token, 2)
    assert rows(db, "select rating, comment from csat_responses") == [(2, None)]
    assert state_of(db, conversation, "satisfaction_score") == 2


@pytest.mark.parametrize("rating", [0, 6, -1, None])
def test_a_rating_is_one_to_five(db, link, rating):
    with refused(db, "PT400"):
        call(db, "record_csat", link[1], rating)


def test_a_guessed_token_opens_nothing(db, link):
    with acting(db, None, "anon"), refused(db, "PT404"):
        call(db, "record_csat", uuid.uuid4(), 5)


def test_a_link_ends(db, link):
    db.execute("update private.csat_links set expires_at = now() - interval '1 second'")
    with refused(db, "PT404"):
        call(db, "record_csat", link[1], 5)


def test_asking_again_gives_the_same_link_for_longer(db, link):
    conversation, token = link
    db.execute("update private.csat_links set expires_at = now()")
    assert call(db, "private.create_csat_link", conversation) == token
    assert one(db, "select expires_at > now() + interval '29 days' from private.csat_links")


def test_a_long_comment_is_cut(db, link):
    call(db, "record_csat", link[1], 3, "x" * 3000)
    assert one(db, "select length(comment) from csat_responses") == 2000
