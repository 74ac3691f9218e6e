"""What vectors change for a turn: more is found, and nothing is lost where they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from console.minilm import fetch
from local.standins.embeddings import vector_of
from romashka.settings import Settings
from tests.waiting import wait_until_async
from tests.worker.offices import Office, shared_of
from tests.worker.turns import DELIVERY, deadline_in, make_turn
from worker.drafts import DraftLoop
from worker.embedding import EmbeddingFailed, Vector, minilm
from worker.embedding.endpoint import _unit
from worker.meaning import Meaning
from worker.model.embedded import EmbeddedModel
from worker.patience import end
from worker.replies import ReplyLoop
from worker.vectors import VectorLoop

DRAFTED = "select count(*) = 1 from ai_drafts where state in ('done', 'failed')"
WITHOUT = "select count(*) from knowledge_chunks where embedding_model is distinct from %s"


class Letters:
    """An embedder that counts letters by threes: near is what is written alike."""

    dimensions = 384

    def __init__(self, name: str = "letters", languages: tuple[str, ...] = ()) -> None:
        self.name = name
        self.languages = languages
        self.fails = False
        self.asked: list[str] = []
        self.waits = asyncio.Event()
        self.waits.set()

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """The vectors, unless told to fail or to wait."""
        await self.waits.wait()
        self.asked += texts
        if self.fails:
            raise EmbeddingFailed("told to")
        return [_unit(vector_of(text, 384)) for text in texts]

    async def close(self) -> None:
        """Holds nothing."""


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A turn has time for the first question to a database, on a busy machine too."""
    monkeypatch.setattr("worker.meaning.LONGEST_S", 10.0)


async def fill(shared, meaning: Meaning) -> None:
    """Gives every piece its vector."""
    loop = VectorLoop(shared, meaning)
    while await loop.step():
        continue


@pytest.mark.usefixtures("unhurried")
async def test_what_is_personal_does_not_leave_for_a_vector(office: Office):
    async with shared_of(office) as shared:
        letters = Letters()
        question = "My card is 4111 1111 1111 1111, when is it delivered?"
        await Meaning(shared, Settings(), letters).enrich(make_turn(question), deadline_in(5))
    assert letters.asked == ["My card is [CARD_1], when is it delivered?"]


@pytest.mark.usefixtures("unhurried")
async def test_pieces_get_their_vectors_and_a_turn_what_is_near(office: Office):
    office.stock()
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings(), Letters())
        await fill(shared, meaning)
        assert office.value(WITHOUT, "letters") == 0
        # No word of it is in any article, and no stem: the letters are.
        turn = await meaning.enrich(make_turn("deliverytimes?", knowledge=()), deadline_in(5))
        assert turn.knowledge[0].title == "Delivery times"
        assert turn.knowledge[0].cosine > 0.3


@pytest.mark.usefixtures("unhurried")
async def test_what_only_agents_may_see_is_found_for_drafts_alone(office: Office):
    office.stock()
    office.rows("update knowledge_articles set visibility = 'agents'")
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings(), Letters())
        await fill(shared, meaning)
        turn = make_turn("deliverytimes?", knowledge=())
        assert (await meaning.enrich(turn, deadline_in(5))).knowledge == ()
        drafted = await meaning.enrich(turn, deadline_in(5), for_agents=True)
        assert drafted.knowledge[0].title == "Delivery times"


@pytest.mark.usefixtures("unhurried")
async def test_another_model_gets_vectors_of_its_own(office: Office):
    office.stock()
    async with shared_of(office) as shared:
        await fill(shared, Meaning(shared, Settings(), Letters("first")))
        second = Meaning(shared, Settings(), Letters("second"))
        turn = await second.enrich(make_turn(), deadline_in(5))
        assert {passage.cosine for passage in turn.knowledge} == {None}
        await fill(shared, second)
        assert office.value(WITHOUT, "second") == 0


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_where_the_embedder_fails_the_turn_keeps_what_it_had(office: Office, trouble: str):
    letters = Letters()
    letters.fails = trouble == "fails"
    if trouble == "hangs":
        letters.waits.clear()
    async with shared_of(office) as shared:
        turn = make_turn()
        meaning = Meaning(shared, Settings(), letters)
        assert await meaning.enrich(turn, deadline_in(2)) is turn


@pytest.mark.parametrize(
    ("question", "seconds"), [("", 5.0), ("Сколько идёт доставка?", 5.0), ("How long?", 0.5)]
)
async def test_nothing_is_embedded_that_cannot_help(office: Office, question: str, seconds: float):
    letters = Letters(languages=("en",))
    letters.fails = True
    async with shared_of(office) as shared:
        turn = make_turn(question, language=None, knowledge=(DELIVERY,))
        meaning = Meaning(shared, Settings(), letters)
        assert await meaning.enrich(turn, deadline_in(seconds)) is turn


async def test_pieces_in_other_languages_are_left_to_words(office: Office):
    office.stock()
    office.rows("insert into knowledge_articles (title, body, language) values ('A', 'B', 'ru')")
    async with shared_of(office) as shared:
        await fill(shared, Meaning(shared, Settings(), Letters(languages=("en",))))
    query = "select distinct language from knowledge_chunks where embedding is null"
    assert {row["language"] for row in office.rows(query)} >= {"ru"}
    assert "en" not in {row["language"] for row in office.rows(query)}


async def test_an_answer_comes_by_meaning_through_the_whole_loop(office: Office):
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings(), Letters())
        await fill(shared, meaning)
        replies = ReplyLoop(shared, EmbeddedModel(), concurrency=4, meaning=meaning)
        running = asyncio.create_task(replies.run())
        office.ask("How long does delivery take?")
        await office.all_turns_ended()
        replies.stop()
        await end([running])
    [run] = office.rows("select outcome from ai_runs")
    assert run["outcome"] == "answered"


@pytest.mark.usefixtures("unhurried")
async def test_a_draft_is_found_by_meaning_too(office: Office):
    office.stock()
    office.rows("update knowledge_articles set visibility = 'agents'")
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings(), Letters())
        await fill(shared, meaning)
        drafts = DraftLoop(shared, EmbeddedModel(), meaning=meaning)
        running = asyncio.create_task(drafts.run())
        conversation = office.ask("deliverytimes?")
        office.rows("select take_over(%s)", conversation)
        office.rows("select request_draft(%s)", conversation)
        await wait_until_async(lambda: office.value(DRAFTED), 10)
        drafts.stop()
        await drafts.drain(0.1)
        await end([running])
    [draft] = office.rows("select * from ai_drafts")
    assert draft["sources"][0]["title"] == "Delivery times"


async def test_a_change_of_an_article_is_embedded_by_the_running_loop(office: Office):
    office.stock()
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings(), Letters())
        await fill(shared, meaning)
        running = asyncio.create_task(VectorLoop(shared, meaning).run())
        office.rows("update knowledge_articles set body = body || ' More.'")
        await wait_until_async(lambda: office.value(WITHOUT, "letters") == 0)
        await end([running])


async def test_a_model_that_is_fetched_meanwhile_is_taken_on(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fetch()
    fetched = minilm.FOLDER
    monkeypatch.setattr(minilm, "FOLDER", tmp_path / "minilm")
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings())
        await meaning.look()
        assert meaning.name is None
        running = asyncio.create_task(VectorLoop(shared, meaning).run())
        (tmp_path / "minilm").symlink_to(fetched)
        await wait_until_async(lambda: (meaning.name or "").startswith(minilm.NAME))
        await end([running])
        await meaning.close()


async def test_a_model_that_is_not_the_published_one_leaves_words(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(minilm, "FOLDER", tmp_path)
    model = tmp_path / minilm.PACKAGE / "model"
    model.mkdir(parents=True)
    (model / minilm.WEIGHTS).write_bytes(b"other")
    async with shared_of(office) as shared:
        meaning = Meaning(shared, Settings())
        with capture_logs() as lines:
            await meaning.look()
            await meaning.look()
    assert meaning.name is None
    assert [line["error"] for line in lines] == ["BadWeights"]
