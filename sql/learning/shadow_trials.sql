create or replace function private.shadow_trials(p_filter jsonb, p_limit integer)
returns table (
  run_id uuid,
  outcome text,
  confidence double precision,
  is_answer boolean,
  verdict text,
  judged_by text,
  latency_ms double precision,
  cost_microusd bigint
)
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return query
  select
    runs.id, runs.outcome, runs.confidence, judged.is_answer,
    coalesce(judged.judgement ->> 'verdict', 'unknown'), judged.judgement ->> 'judged_by',
    runs.latency_ms::double precision, private.cost_of_run(runs.id)
  from (
    select ai_runs.*, reply_jobs.first_seq, reply_jobs.last_seq
    from public.ai_runs
    join public.conversations on conversations.id = ai_runs.conversation_id
    join private.reply_jobs on reply_jobs.id = ai_runs.reply_job_id
    where ai_runs.is_shadow
      and ai_runs.outcome <> 'fenced'
      and ai_runs.created_at >= coalesce((p_filter ->> 'since')::timestamptz, '-infinity')
      and ai_runs.created_at < coalesce((p_filter ->> 'until')::timestamptz, 'infinity')
      and conversations.channel_type
        = coalesce(p_filter ->> 'channel', conversations.channel_type)
      and private.speaks(conversations.language, p_filter ->> 'language')
    order by ai_runs.created_at desc
    limit p_limit
  ) as runs
  cross join lateral private.shadow_judgement(
    runs.id, runs.first_seq, runs.last_seq
  ) as judged;
end;
$$;

comment on function private.shadow_trials is
'The newest turns that ran in shadow, as trials: what would have become of them and whether it was
right.';
revoke all on function private.shadow_trials from public;
grant execute on function private.shadow_trials to authenticated, service_role;
