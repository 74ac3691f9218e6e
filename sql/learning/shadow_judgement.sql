create or replace function private.shadow_judgement(
  p_run_id uuid,
  p_first_seq integer,
  p_last_seq integer
)
returns table (is_answer boolean, judgement jsonb)
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_run public.ai_runs;
begin
  select ai_runs.* into v_run
  from public.ai_runs
  where ai_runs.id = p_run_id;

  is_answer := private.is_answer(
    jsonb_build_object('outcome', v_run.outcome, 'reason', v_run.reason),
    jsonb_build_object('content', v_run.reply, 'sources', v_run.sources)
  );
  judgement := case
    when is_answer then private.judge_answer(
      v_run.conversation_id, p_first_seq, p_last_seq, v_run.reply, v_run.sources
    )
  end;
  return next;
end;
$$;

comment on function private.shadow_judgement is
'Whether a run in shadow had an answer, and whether that was right.';
revoke all on function private.shadow_judgement from public;
grant execute on function private.shadow_judgement to authenticated, service_role;
