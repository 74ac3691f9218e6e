"""What must hold after every disturbance: the invariants I1 to I11, each as queries."""

from __future__ import annotations

from datetime import UTC, datetime

from psycopg import Connection

THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)

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
    "I3 a message shows the best of its deliveries' states": """
        select messages.id from public.messages
        join private.deliveries on deliveries.message_id = messages.id
        where messages.channel_type <> 'website'
        group by messages.id
        having messages.delivery_status <> (array_agg(
          case deliveries.state when 'sending' then 'queued' else deliveries.state end
          order by array_position(
            '{read,delivered,sent,queued,sending,unknown,failed,dead}', deliveries.state::text
          )
        ))[1]
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
    "I5 a later seq was stored later": """
        select later.id from public.messages as later
        join public.messages as earlier on earlier.conversation_id = later.conversation_id
          and earlier.seq = later.seq - 1
        where later.created_at < earlier.created_at
    """,
    "I6 counters equal a recount": """
        select conversations.id from public.conversations
        left join public.messages on messages.conversation_id = conversations.id
        group by conversations.id
        having conversations.message_count <> count(messages.id)
          or conversations.last_seq <> coalesce(max(messages.seq), 0)
          or conversations.last_message_at is distinct from max(messages.created_at)
    """,
    "I6 unread is what came since somebody read, answered or resolved": """
        select conversations.id from public.conversations
        where conversations.unread_count <> (
          select count(*) from public.messages
          where messages.conversation_id = conversations.id
            and messages.sender_type = 'customer' and messages.delivery_status <> 'read'
            and messages.seq > coalesce((
              select max(seen.seq) from public.messages as seen
              where seen.conversation_id = conversations.id
                and (seen.sender_type = 'agent' and not seen.is_private
                  or seen.metadata ->> 'event' = 'resolved')
            ), 0)
        )
    """,
    "I6 measurements equal a recount": """
        select conversations.id from public.conversations
        where (
          select array[
            count(*) filter (where sender_type = 'ai'),
            count(*) filter (where metadata ->> 'event' = 'handed_over')
          ] from public.messages where conversation_id = conversations.id and deleted_at is null
        ) <> (
          select array[
            count(*) filter (where metric_name = 'ai_response_time'),
            count(*) filter (where metric_name = 'hand_over')
          ] from public.realtime_metrics where conversation_id = conversations.id
        ) and not exists (
          select from public.messages
          where conversation_id = conversations.id and deleted_at is not null
        )
    """,
    "I7 a fenced run has written nothing": """
        select id from public.ai_runs where outcome = 'fenced' and message_id is not null
    """,
    "I7 an AI message is the work of one claim that held": """
        select messages.id from public.messages
        left join public.ai_runs on ai_runs.message_id = messages.id
          and ai_runs.reply_job_id = messages.reply_job_id and ai_runs.outcome <> 'fenced'
        where messages.sender_type = 'ai' group by 1 having count(ai_runs.id) <> 1
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
    "I9 whatever is dead is seen in the one view, with its reason": """
        (select 'delivery', id::text from private.deliveries
          where state in ('failed', 'unknown', 'dead')
        union all select 'reply_job', id::text from private.reply_jobs where outcome = 'dead'
        union all select 'inbound', id::text from private.inbound_events where state = 'failed'
        union all select 'item', id::text from private.rejected_items
          where resolved_at is null and not is_parked)
        except select kind, id from public.dead_letters where reason <> ''
    """,
    "I9 nothing is parked for ever": """
        select id from private.rejected_items
        where is_parked and resolved_at is null
          and created_at < clock_timestamp() - interval '11 minutes'
    """,
    "I10 the bytes of a request are kept": """
        select id from private.inbound_events where length(body) = 0
    """,
    "I11 nobody waits longer than six seconds": """
        select asked.id, asked.created_at, reply.created_at
        from public.messages as asked
        join public.conversations on conversations.id = asked.conversation_id
        left join private.reply_jobs as turn on turn.conversation_id = asked.conversation_id
          and asked.seq between turn.first_seq and turn.last_seq
        left join lateral (
          select max(given.created_at) as at from public.messages as given
          where given.conversation_id = asked.conversation_id and given.seq > asked.seq
            and given.metadata ->> 'event' = 'given_back' and given.created_at <= turn.created_at
        ) as returned on true
        left join lateral (
          select messages.created_at from public.messages
          where messages.conversation_id = asked.conversation_id and messages.seq > asked.seq
            and messages.created_at > coalesce(returned.at, asked.created_at)
            and messages.sender_type <> 'customer' and not messages.is_private
          order by messages.seq limit 1
        ) as reply on true
        where asked.sender_type = 'customer' and asked.calls_for_answer
          and asked.deleted_at is null and asked.created_at >= %(since)s
          and case
            when turn.id is null
              then conversations.ai_mode = 'auto' and asked.seq > conversations.context_seq
            else turn.outcome is null or turn.outcome not in ('taken_over', 'superseded')
          end
          and coalesce(reply.created_at, clock_timestamp())
            > greatest(asked.created_at, returned.at) + interval '6 seconds'
    """,
}
DOWNTIME_COUNTS = "I11 nobody waits longer than six seconds"


def broken_invariants(
    connection: Connection, *, since: datetime = THE_BEGINNING, database_was_down: bool = False
) -> dict[str, list[tuple[object, ...]]]:
    """Gives every invariant that does not hold, with the first rows that show it.

    `since` is from when on a customer's wait counts (I11). Time in which the database is down does
    not count for it: say so where a test took it down.
    """
    return {
        name: found
        for name, query in BROKEN.items()
        if not (database_was_down and name == DOWNTIME_COUNTS)
        and (found := connection.execute(query.encode(), {"since": since}).fetchmany(5))
    }


def assert_invariants(
    connection: Connection, *, since: datetime = THE_BEGINNING, database_was_down: bool = False
) -> None:
    """Fails with every invariant that does not hold; takes what broken_invariants takes."""
    broken = broken_invariants(connection, since=since, database_was_down=database_was_down)
    assert not broken, broken
