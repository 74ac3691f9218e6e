create or replace function private.ai_cases(p_since timestamptz, p_until timestamptz)
returns table (
  conversation_id uuid,
  customer_id uuid,
  channel_type text,
  language text,
  day date,
  turns bigint,
  answered bigint,
  clarified bigint,
  handed_over bigint,
  first_at timestamptz,
  last_answer_at timestamptz,
  slowest_ms double precision[]
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    conversations.id, conversations.customer_id, conversations.channel_type,
    conversations.language,
    (reply_jobs.created_at at time zone 'UTC')::date as on_day,
    count(*),
    count(*) filter (where reply_jobs.outcome = 'answered'),
    count(*) filter (where reply_jobs.outcome = 'clarified'),
    count(*) filter (where reply_jobs.outcome = 'handed_over'),
    min(reply_jobs.created_at),
    max(reply_jobs.finished_at) filter (where reply_jobs.outcome = 'answered'),
    array_agg(private.milliseconds(
      reply_jobs.finished_at - (reply_jobs.deadline - interval '6 seconds')
    ))
  from private.reply_jobs
  join public.conversations on conversations.id = reply_jobs.conversation_id
  left join public.messages as replies on replies.id = reply_jobs.reply_message_id
  where reply_jobs.created_at >= p_since
    and reply_jobs.created_at < p_until
    and reply_jobs.outcome in ('answered', 'clarified', 'handed_over', 'dead')
    and reply_jobs.reason is distinct from 'ai_disabled'
    and not reply_jobs.is_shadow
  group by conversations.id, on_day
  having bool_or(
    reply_jobs.outcome <> 'clarified'
    or coalesce(replies.intent_detected, '') not in ('greeting', 'thanks', 'opt_out', 'opt_in')
  );
end;
$$;

comment on function private.ai_cases is
'What the AI was asked where it is on, a line for each conversation and day (of UTC), with how many
milliseconds each of its turns took; small talk alone asks nothing.';
revoke all on function private.ai_cases from public;
grant execute on function private.ai_cases to authenticated, service_role;
