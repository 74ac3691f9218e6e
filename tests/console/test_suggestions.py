"""`romashka ai knowledge suggestions`: a person decides what solved conversations teach."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.system import System

ADD = """
insert into knowledge_suggestions (kind, question, answer, language, terms, conversation_ids)
values ('article', '{question}', 'Within a week, says [name].', 'en', '{{}}', '{{}}') returning id
"""


@pytest.fixture
def shop(running: System) -> Iterator[System]:
    """The running system, without the suggestions of the test afterwards."""
    yield running
    running.sql("delete from knowledge_suggestions")
    running.sql("delete from knowledge_articles where title like 'Repairs%'")


def suggest(shop: System, question: str = "Do you repair umbrellas?") -> str:
    return shop.sql(ADD.format(question=question)).split()[0]


def test_suggestions_are_listed_and_shown(shop: System) -> None:
    assert "no suggestion is proposed" in shop.run("ai", "knowledge", "suggestions").stdout
    identity = suggest(shop)
    listed = shop.run("ai", "knowledge", "suggestions").stdout
    assert listed.startswith(identity)
    assert "Do you repair umbrellas?" in listed
    assert "Within a week" in shop.run("ai", "knowledge", "suggestion", identity).stdout


def test_an_edited_suggestion_becomes_an_article(shop: System) -> None:
    identity = suggest(shop)
    masked = shop.run("ai", "knowledge", "approve", identity)
    assert (masked.returncode, "masked place" in masked.stderr) == (2, True)
    edits = ("--title", "Repairs", "--body", "Within a week.")
    decided = shop.json("ai", "knowledge", "approve", identity, *edits)
    assert decided["state"] == "approved"
    query = "select title, body, phrasings[1] from knowledge_articles where id = "
    assert (
        shop.sql(f"{query}'{decided['article_id']}'")
        == "Repairs|Within a week.|Do you repair umbrellas?"
    )


def test_a_refused_suggestion_is_decided_for_good(shop: System) -> None:
    identity = suggest(shop)
    assert shop.run("ai", "knowledge", "refuse", identity).stdout.strip() == "refused"
    assert shop.run("ai", "knowledge", "approve", identity).returncode == 3
    refused = shop.json("ai", "knowledge", "suggestions", "--state", "refused")["suggestions"]
    assert [row["id"] for row in refused] == [identity]


@pytest.mark.parametrize("command", ["suggestion", "approve", "refuse"])
@pytest.mark.parametrize("identity", ["x", str(uuid.UUID(int=0))])
def test_what_is_no_suggestion_is_exit_code_2(shop: System, command: str, identity: str) -> None:
    done = shop.run("ai", "knowledge", command, identity)
    assert (done.returncode, "suggestion" in done.stderr) == (2, True)
