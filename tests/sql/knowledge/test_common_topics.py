"""What to offer somebody who only says hello."""

from __future__ import annotations

from tests.sql.rows import add_article, claim_turns, one, write_in


def topics(db, language, limit=3):
    found = one(db, "select private.common_topics(%s, %s)", language, limit)
    return [topic["title"] for topic in found]


def test_what_is_asked_in_many_ways_comes_first_in_their_language(db):
    add_article(db, "Lieferung", language="de", phrasings=["Wann?"] * 5)
    add_article(db, "Delivery", phrasings=["When?"])
    add_article(db, "Returns", phrasings=["Back?", "Refund?"])
    assert topics(db, "en") == ["Returns", "Delivery", "Lieferung"]
    assert topics(db, "de-AT", 2) == ["Lieferung", "Returns"]


def test_while_a_language_is_not_known_every_one_has_its_topics(db):
    add_article(db, "Lieferung", language="de")
    add_article(db, "Sizes")
    for title in ("Delivery", "Returns"):
        add_article(db, title, phrasings=["How?"])
    assert set(topics(db, None, 2)) == {"Lieferung", "Delivery", "Returns"}


def test_what_does_not_hold_is_not_offered(db):
    add_article(db, "Draft", is_published=False)
    add_article(db, "Old", valid_until="2020-01-01")
    add_article(db, "Soon", valid_from="2999-01-01")
    assert topics(db, "en") == []


def test_a_telephones_country_says_nothing_of_what_to_offer(db):
    add_article(db, "Delivery", phrasings=["When?"])
    add_article(db, "Lieferung", language="de", phrasings=["Wann?"] * 5)
    for title in ("Rückgabe", "Größen"):
        add_article(db, title, language="de", phrasings=["Wie?"] * 5)
    write_in(db, "Hello!", "4915100000001")
    [turn] = claim_turns(db)
    assert turn["language"] == "de"
    assert "Delivery" in {topic["title"] for topic in turn["topics"]}
