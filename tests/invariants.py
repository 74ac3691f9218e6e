"""What must hold after every disturbance: the invariants I1 to I11, each as one query."""

from __future__ import annotations

from psycopg import Connection

# Each query gives the rows that break its invariant; none is right.
BROKEN = {
    "I1 an external id has exactly one message": """
        select channel_id, external_message_id from public.messages
        where external_message_id is not null
        group by 1, 2 having count(*) > 1
    """,
    "I2 a turn has at most one AI message": """
        select reply_job_id from public.messages
        where sender_type = 'ai' group by 1 having count(*) > 1 or reply_job_id is null
    """,
    "I2 a turn that ended has a final state": """
        select id from private.reply_jobs
        where (state in ('done', 'cancelled')) <> (outcome is not null)
          or (state in ('done', 'cancelled')) <> (finished_at is not null)
    """,
    "I2 an answered turn points at its message": """
        select reply_jobs.id from private.reply_jobs
        left join public.messages on messages.id = reply_jobs.reply_message_id
        where outcome in ('answered', 'clarified') and messages.sender_type is distinct from 'ai'
    """,
    "I3 an outgoing message has exactly one delivery per channel": """
        select messages.id from public.messages
        left join private.deliveries on deliveries.message_id = messages.id
          and deliveries.channel_id = messages.channel_id
        where messages.sender_type <> 'customer' and not messages.is_private
        group by 1 having count(deliveries.id) <> 1
    """,
    "I3 a message shows its delivery's state": """
        select messages.id from public.messages
        join private.deliveries on deliveries.message_id = messages.id
        where messages.channel_type <> 'website'
          and messages.delivery_status
            <> case deliveries.state when 'sending' then 'queued' else deliveries.state end
    """,
    "I4 no turn's lease is long expired": """
        select id from private.reply_jobs
        where state = 'running' and lease_until < clock_timestamp() - interval '12 seconds'
    """,
    "I4 no delivery's lease is long expired": """
        select id from private.deliveries
        where state = 'sending' and lease_until < clock_timestamp() - interval '60 seconds'
    """,
    "I5 seq is gap-free and rising": """
        select conversation_id from public.messages
        group by 1 having min(seq) <> 1 or max(seq) <> count(*)
    """,
    "I6 counters equal a recount": """
        select conversations.id from public.conversations
        left join public.messages on messages.conversation_id = conversations.id
        group by conversations.id
        having conversations.message_count <> count(messages.id)
          or conversations.last_seq <> coalesce(max(messages.seq), 0)
    """,
    "I8 no AI message after a human took over": """
        select ai.id from public.messages as ai
        join public.messages as taken on taken.conversation_id = ai.conversation_id
          and taken.seq < ai.seq
          and (taken.metadata ->> 'event' in ('taken_over', 'handed_over')
            or (taken.sender_type = 'agent' and not taken.is_private))
        where ai.sender_type = 'ai' and not exists (
          select from public.messages as given
          where given.conversation_id = ai.conversation_id
            and given.seq between taken.seq and ai.seq
            and given.metadata ->> 'event' in ('given_back', 'reopened', 'resolved')
        )
    """,
    "I9 a dead delivery is seen in the one view": """
        select deliveries.id::text from private.deliveries
        where state in ('failed', 'unknown', 'dead')
        except select id from public.dead_letters where kind = 'delivery'
    """,
    "I10 the bytes of a request are kept": """
        select id from private.inbound_events where length(body) = 0
    """,
    "I11 nobody waits longer than six seconds": """
        select asked.id, turns.created_at, turns.finished_at from private.reply_jobs as turns
        join public.messages as asked on asked.id = turns.first_message_id
        left join public.messages as reply on reply.id = turns.reply_message_id
        where turns.outcome in ('answered', 'clarified', 'handed_over')
          and coalesce(reply.created_at, turns.finished_at)
            > asked.created_at + interval '6 seconds'
    """,
}
DOWNTIME_COUNTS = "I11 nobody waits longer than six seconds"


def assert_invariants(connection: Connection, *, database_was_down: bool = False) -> None:
    """Fails with every invariant that is broken and its first rows.

    Time in which the database is down does not count for I11: say so where a test took it down.
    """
    broken = {
        name: rows
        for name, query in BROKEN.items()
        if not (database_was_down and name == DOWNTIME_COUNTS)
        and (rows := connection.execute(query.encode()).fetchmany(5))
    }
    assert not broken, broken
