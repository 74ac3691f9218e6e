"""A turn's six seconds while its customer goes on writing, and while the model is not to be had."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.worker.conftest import StandIn
from tests.worker.offices import Office, answering

QUESTION = "How long does delivery take?"
WAITED = """
select extract(epoch from reply.created_at - asked.created_at)::float8 as waited
from private.reply_jobs
join public.messages as asked on asked.id = reply_jobs.first_message_id
left join public.messages as reply on reply.id = reply_jobs.reply_message_id
"""
FIRST_REPLY = """
select reply.created_at - asked.created_at as waited, reply.seq
from public.messages as asked
join public.messages as reply on reply.conversation_id = asked.conversation_id
where asked.conversation_id = %s and asked.seq = 1 and reply.sender_type in ('ai', 'system')
order by reply.seq limit 1
"""


async def keep_asking(office: Office, times: int, every_s: float) -> UUID:
    """A customer who writes at this pace; gives the conversation."""
    for number in range(times):
        conversation = office.ask(f"{QUESTION} {number}")
        await asyncio.sleep(every_s)
    return conversation


async def first_reply(office: Office, conversation: UUID) -> dict[str, Any]:
    """The first thing that the customer heard, and how long after their first message."""
    await office.all_turns_ended()
    (found,) = office.rows(FIRST_REPLY, conversation)
    return found


async def test_a_message_every_half_second_never_puts_the_answer_off(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play(first_token_s=0.9)
    async with answering(office, model_on()):
        conversation = await keep_asking(office, 13, 0.5)
        reply = await first_reply(office, conversation)
    assert reply["waited"] <= timedelta(seconds=6)


async def test_a_quick_model_gets_a_word_in_between(office: Office, standin: StandIn) -> None:
    async with answering(office):
        conversation = await keep_asking(office, 8, 0.5)
        reply = await first_reply(office, conversation)
    # The wait for more ends a second and a half after the first message, whatever comes then.
    assert reply["waited"] <= timedelta(seconds=3)


async def test_further_messages_leave_the_first_ones_deadline(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play("hang")
    async with answering(office, model_on()):
        conversation = office.ask(QUESTION)
        deadline = office.job(conversation)["deadline"]
        for number in range(3):
            await asyncio.sleep(0.9)
            office.ask(f"{QUESTION} {number}")
        assert office.job(conversation)["deadline"] == deadline
        reply = await first_reply(office, conversation)
    assert reply["waited"] <= timedelta(seconds=6)
    assert reply["seq"] == 5


async def test_a_model_that_fails_is_left_alone_and_nobody_waits_for_it(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play("error")
    async with answering(office, model_on()):
        for number in range(60):
            office.ask(QUESTION, f"49151{number:08d}")
            await asyncio.sleep(0.02)
        await office.all_turns_ended()
    asked = len(standin.requests())
    waits = [row["waited"] for row in office.rows(WAITED)]
    assert len(waits) == 60
    assert max(waits) <= 6.0
    left_alone = office.value(
        "select count(*) from ai_runs where outcome = 'answered' and error like '%%left alone%%'"
    )
    assert left_alone >= 60 - asked > 0


async def test_a_model_too_slow_for_what_is_left_is_not_begun(
    office: Office, standin: StandIn, model_on
) -> None:
    standin.play(first_token_s=2.0)
    model = model_on()
    for _ in range(10):
        model._first.pace.note(4.0)
    async with answering(office, model):
        conversation = office.ask(QUESTION)
        office.hurry(conversation, 2.0)
        await office.all_turns_ended()
    run = office.rows("select * from ai_runs where conversation_id = %s", conversation)[0]
    assert standin.requests() == []
    assert (run["outcome"], run["model"]) == ("answered", "embedded")
    assert run["error"].startswith("deadline")
