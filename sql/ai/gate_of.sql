create or replace function private.gate_of(
  p_job private.reply_jobs,
  p_reply jsonb,
  p_threshold double precision
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return case
    when clock_timestamp() > p_job.deadline
      then '{"outcome": "handed_over", "reason": "deadline"}'
    when coalesce(p_reply ->> 'outcome', '') not in ('answer', 'clarify')
      then jsonb_build_object('outcome', 'handed_over', 'reason', left(coalesce(
        nullif(p_reply ->> 'reason', ''), 'low_confidence'
      ), 100))
    when coalesce(btrim(p_reply ->> 'content'), '') = ''
      or not (
        private.sources_exist(p_reply -> 'sources', p_job)
        or private.asks_back(p_reply)
        or private.is_small_talk(p_reply)
      )
      then '{"outcome": "handed_over", "reason": "no_answer"}'
    when p_reply ->> 'outcome' = 'clarify' and (p_threshold < 1 or private.is_small_talk(p_reply))
      then '{"outcome": "clarified"}'
    when private.confidence_of(p_reply) > p_threshold then '{"outcome": "answered"}'
    else '{"outcome": "handed_over", "reason": "low_confidence"}'
  end;
end;
$$;

comment on function private.gate_of is
'The gate (R50): an answer counts in time, with a source that exists, above the threshold; a choice
counts with a source, one short question back and small talk without; everything else goes to
people. Above 1 nothing is: there nothing is asked back either.
{outcome, reason}.';
revoke all on function private.gate_of from public;
grant execute on function private.gate_of to service_role;
