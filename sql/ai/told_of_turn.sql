create or replace function private.told_of_turn(
  p_job private.reply_jobs,
  p_decision jsonb,
  p_reply jsonb
)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'state', case
      when p_job.is_shadow and p_decision ->> 'outcome' <> 'fenced' then 'shadowed'
      else p_decision ->> 'outcome'
    end,
    'response', case
      when p_decision ->> 'outcome' in ('answered', 'clarified') then p_reply ->> 'content'
    end,
    'confidence', private.confidence_of(p_reply),
    'requiresHuman', p_decision ->> 'outcome' = 'handed_over',
    'responseTime', private.milliseconds(
      coalesce(p_job.finished_at, clock_timestamp()) - (p_job.deadline - interval '6 seconds')
    )
  );
end;
$$;

comment on function private.told_of_turn is
'What came of a turn under the names of the project''s brief (R54): {state, response, confidence,
requiresHuman, responseTime in milliseconds since the first unanswered message}.';
revoke all on function private.told_of_turn from public;
grant execute on function private.told_of_turn to service_role;
