"""What must hold of the AI's turns after any disturbance, beside tests/invariants.py, as queries.

`WATCH` has a database keep every step of a turn, so that afterwards also the fence can be judged:
a test that wants that runs it before the first message.
"""

from __future__ import annotations

from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import dict_row

WATCH = """
create schema watched;
create table watched.steps (
  id bigint generated always as identity primary key,
  reply_job_id uuid not null,
  state text not null,
  worker text,
  attempt integer not null,
  attempt_before integer not null,
  taken_at timestamptz not null default clock_timestamp()
);
create function watched.keep_step() returns trigger
language plpgsql security definer set search_path = '' as $$
begin
  insert into watched.steps (reply_job_id, state, worker, attempt, attempt_before)
  values (new.id, new.state, new.worker, new.attempt, old.attempt);
  return null;
end;
$$;
create trigger watch_steps after update on private.reply_jobs for each row
when ((old.state, old.worker, old.attempt) is distinct from (new.state, new.worker, new.attempt))
execute function watched.keep_step();
"""

CHANGE_OF_HANDS = """(
  between_them.metadata ->> 'event' in
    ('taken_over', 'handed_over', 'given_back', 'resolved', 'reopened')
  or (between_them.sender_type = 'agent' and not between_them.is_private)
)"""

# Whoever was given back to the AI has waited for people until then.
WAITS_SINCE = """greatest(first_message.created_at, (
  select max(given.created_at) from public.messages as given
  where given.conversation_id = reply_jobs.conversation_id and given.seq > first_message.seq
    and given.metadata ->> 'event' = 'given_back' and given.created_at <= reply_jobs.created_at
))"""

# Each query gives the rows that break its rule; none is right.
BROKEN = {
    "a turn has one reply": """
        select reply_job_id from public.messages
        where reply_job_id is not null and not is_private group by 1 having count(*) > 1
    """,
    "no AI message between a takeover and a give-back": """
        select ai.id from public.messages as ai
        join lateral (
          select between_them.sender_type, between_them.metadata ->> 'event' as event
          from public.messages as between_them
          where between_them.conversation_id = ai.conversation_id and between_them.seq < ai.seq
            and """
    + CHANGE_OF_HANDS
    + """
          order by between_them.seq desc limit 1
        ) as last on true
        where ai.sender_type = 'ai'
          and (last.sender_type = 'agent' or last.event in ('taken_over', 'handed_over'))
    """,
    "no AI message of an epoch that is over": """
        select ai.id from public.messages as ai
        join private.reply_jobs on reply_jobs.id = ai.reply_job_id
        join public.messages as between_them
          on between_them.conversation_id = ai.conversation_id
          and between_them.seq between reply_jobs.last_seq + 1 and ai.seq - 1
        where ai.sender_type = 'ai' and between_them.created_at > reply_jobs.created_at and """
    + CHANGE_OF_HANDS
    + """
    """,
    "no question that the AI has is without a turn": """
        select asked.id from public.messages as asked
        join public.conversations on conversations.id = asked.conversation_id
        where asked.sender_type = 'customer' and asked.calls_for_answer
          and asked.deleted_at is null and asked.seq > conversations.context_seq
          and conversations.ai_mode = 'auto'
          and not exists (
            select from private.reply_jobs
            where reply_jobs.conversation_id = asked.conversation_id
              and asked.seq between reply_jobs.first_seq and reply_jobs.last_seq
          )
    """,
    "what nobody had answered is asked again when it is given back": """
        select asked.id from public.messages as asked
        join public.messages as given on given.conversation_id = asked.conversation_id
          and given.seq > asked.seq and given.metadata ->> 'event' = 'given_back'
        where asked.sender_type = 'customer' and asked.calls_for_answer
          and asked.deleted_at is null
          and not exists (
            select from public.messages as between_them
            where between_them.conversation_id = asked.conversation_id
              and between_them.seq between asked.seq and given.seq
              and (between_them.metadata ->> 'event' = 'resolved'
                or between_them.sender_type in ('ai', 'agent') and not between_them.is_private)
          )
          and not exists (
            select from private.reply_jobs
            where reply_jobs.conversation_id = asked.conversation_id
              and asked.seq between reply_jobs.first_seq and reply_jobs.last_seq
              and reply_jobs.created_at >= given.created_at
          )
    """,
    "a turn without a reply is a person's doing": """
        select reply_jobs.id, reply_jobs.outcome, reply_jobs.reason from private.reply_jobs
        where reply_jobs.reply_message_id is null
          and reply_jobs.state in ('done', 'cancelled')
          and reply_jobs.reason is distinct from 'taken_back'
          and not exists (
            select from public.messages as between_them
            where between_them.conversation_id = reply_jobs.conversation_id
              and between_them.seq > reply_jobs.last_seq
              and between_them.created_at < reply_jobs.finished_at + interval '1 second'
              and (
                between_them.metadata ->> 'event' in ('taken_over', 'handed_over', 'resolved')
                or (between_them.sender_type = 'agent' and not between_them.is_private)
              )
          )
    """,
    "a turn ends within six seconds of its first message or its return": """
        select reply_jobs.id, reply_jobs.outcome, reply_jobs.reason, reply_jobs.finished_at,
          extract(epoch from ended.at - waits.since) as waited_s
        from private.reply_jobs
        join public.messages as first_message on first_message.id = reply_jobs.first_message_id
        left join public.messages as reply on reply.id = reply_jobs.reply_message_id
        cross join lateral coalesce(
          reply.created_at, reply_jobs.finished_at, clock_timestamp()
        ) as ended (at)
        cross join lateral """
    + WAITS_SINCE
    + """ as waits (since)
        where ended.at > waits.since + interval '6 seconds'
    """,
    "the deadline is that of the first message or of its return": """
        select reply_jobs.id from private.reply_jobs
        join public.messages as first_message on first_message.id = reply_jobs.first_message_id
        where reply_jobs.deadline <> interval '6 seconds' + """
    + WAITS_SINCE
    + """
          or first_message.seq <> reply_jobs.first_seq
    """,
    "no unanswered message is older than its turn": """
        select reply_jobs.id from private.reply_jobs
        join public.messages as asked on asked.conversation_id = reply_jobs.conversation_id
          and asked.seq < reply_jobs.first_seq
          and asked.sender_type = 'customer' and asked.calls_for_answer
          and asked.deleted_at is null
        where not exists (
          select from public.messages as between_them
          where between_them.conversation_id = asked.conversation_id
            and between_them.seq > asked.seq and between_them.seq < reply_jobs.first_seq
            and (not between_them.is_private and between_them.sender_type <> 'customer'
              or """
    + CHANGE_OF_HANDS
    + """)
        )
    """,
    "an answer was asked all that its turn holds, in its last words": """
        select ai_runs.id from public.ai_runs
        join private.reply_jobs on reply_jobs.id = ai_runs.reply_job_id
        join public.messages as asked on asked.conversation_id = reply_jobs.conversation_id
          and asked.seq between reply_jobs.first_seq and reply_jobs.last_seq
          and asked.sender_type = 'customer'
        join public.messages as reply on reply.id = ai_runs.message_id
        where reply.sender_type = 'ai'
          and coalesce(asked.edited_at, '-infinity') < reply.created_at
          and asked.deleted_at is null and position(asked.content in ai_runs.question) = 0
    """,
    "what a customer took back was not answered": """
        select ai_runs.id from public.ai_runs
        join private.reply_jobs on reply_jobs.id = ai_runs.reply_job_id
        join public.messages as reply on reply.id = ai_runs.message_id
          and reply.sender_type = 'ai'
        where array_length(string_to_array(ai_runs.question, E'\\n'), 1) <> (
          select count(*) from public.messages as asked
          where asked.conversation_id = reply_jobs.conversation_id
            and asked.seq between reply_jobs.first_seq and reply_jobs.last_seq
            and asked.sender_type = 'customer'
            and (asked.deleted_at is null or asked.deleted_at > reply.created_at)
        )
    """,
    "the last claim, and no other, wrote": """
        select ai_runs.id from public.ai_runs
        join private.reply_jobs on reply_jobs.id = ai_runs.reply_job_id
        where ai_runs.outcome <> 'fenced' and (
          ai_runs.attempt <> reply_jobs.attempt
          or ai_runs.message_id is distinct from reply_jobs.reply_message_id
        )
    """,
    "a turn has one run that counted": """
        select reply_job_id from public.ai_runs
        where outcome <> 'fenced' group by 1 having count(*) > 1
    """,
}

UNFENCED = """
select reply_job_id, attempt from (
  select
    reply_job_id, state, attempt, attempt_before,
    max(attempt) over (
      partition by reply_job_id order by id rows between unbounded preceding and 1 preceding
    ) as highest_before
  from watched.steps
) as steps
where attempt < attempt_before
  or (state = 'running' and attempt <= greatest(attempt_before, highest_before))
"""

FIGURES = """
select
  count(*) as turns,
  (select count(*) from public.messages where sender_type = 'customer') as messages,
  (select jsonb_object_agg(outcome, number) from (
    select coalesce(outcome, 'open') as outcome, count(*) as number
    from private.reply_jobs group by 1
  ) as by_outcome) as outcomes,
  (select jsonb_object_agg(model, number) from (
    select coalesce(model, '') as model, count(*) as number
    from public.ai_runs where outcome <> 'fenced' group by 1
  ) as by_model) as written_by,
  (select count(*) from public.ai_runs where outcome = 'fenced' and reason is distinct from
    'cancelled') as fenced_commits,
  (select count(*) from public.ai_runs where outcome = 'fenced' and reason = 'cancelled')
    as cancelled_calls,
  (select count(*) from public.ai_runs where error like '%left alone%') as breaker_open,
  (select count(*) from public.ai_runs where error like '%no time%') as not_admitted,
  count(*) filter (where attempt > 1) as turns_claimed_again_or_joined,
  percentile_cont(0.5) within group (order by waited) as p50_s,
  percentile_cont(0.95) within group (order by waited) as p95_s,
  max(waited) as max_s
from (
  select
    reply_jobs.attempt,
    extract(epoch from reply.created_at - reply_jobs.deadline)::float8 + 6 as waited
  from private.reply_jobs
  left join public.messages as reply on reply.id = reply_jobs.reply_message_id
) as turns
"""

# Steps: seconds from the deadline's start, and what the turn was from then on.
SLOWEST = """
select
  reply_jobs.id::text as turn,
  reply_jobs.outcome,
  reply_jobs.reason,
  round(waited.seconds, 3)::float8 as waited_s,
  (
    select jsonb_agg(
      jsonb_build_array(
        round(extract(epoch from steps.taken_at - waited.since), 3),
        steps.state, steps.worker, steps.attempt
      ) order by steps.id
    )
    from watched.steps where steps.reply_job_id = reply_jobs.id
  ) as steps
from private.reply_jobs
left join public.messages as reply on reply.id = reply_jobs.reply_message_id
cross join lateral (
  select since, extract(epoch from coalesce(reply.created_at, reply_jobs.finished_at) - since)
  from (values (reply_jobs.deadline - interval '6 seconds')) as began (since)
) as waited (since, seconds)
where waited.seconds is not null
order by waited.seconds desc limit 5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What the watch saw: how often a turn was claimed, and how often by another worker again."""

    claimed: int
    claimed_again: int


def broken_turns(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Gives every rule of the turns that does not hold, with the first rows that show it."""
    return {
        name: found
        for name, query in BROKEN.items()
        if (found := connection.execute(query.encode()).fetchmany(5))
    }


def unfenced_claims(connection: Connection) -> list[tuple[object, ...]]:
    """Gives the claims of a watched database that did not raise the fence."""
    return connection.execute(UNFENCED.encode()).fetchall()


def claims_seen(connection: Connection) -> Claims:
    """Counts the claims of a watched database."""
    query = (
        "select count(*), count(*) filter (where taken_from is distinct from worker"
        " and taken_from is not null) from (select state, worker, lag(worker) over"
        " (partition by reply_job_id order by id) as taken_from from watched.steps) as steps"
        " where state = 'running'"
    )
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return Claims(claimed=row[0], claimed_again=row[1])


def slowest(connection: Connection) -> list[dict[str, object]]:
    """Gives the five turns of a watched database that took longest, with every step of each."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(SLOWEST.encode()).fetchall()


def figures(connection: Connection) -> dict[str, object]:
    """Counts turns by outcome and says how long customers waited, by the database's clock."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(FIGURES.encode()).fetchone()
    assert row is not None
    return row
