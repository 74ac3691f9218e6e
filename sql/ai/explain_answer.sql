create or replace function public.explain_answer(p_message_id uuid)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_job private.reply_jobs;
begin
  perform private.require_agent();
  v_job := private.turn_for(p_message_id);
  return jsonb_build_object(
    'job_id', v_job.id,
    'conversation_id', v_job.conversation_id,
    'message_id', v_job.reply_message_id,
    'question', private.question_of(v_job),
    'asked_at', v_job.deadline - interval '6 seconds',
    'finished_at', v_job.finished_at,
    'state', v_job.state,
    'outcome', v_job.outcome,
    'reason', v_job.reason,
    'is_shadow', v_job.is_shadow,
    'runs', (
      select coalesce(jsonb_agg(private.explain_run(ai_runs) order by ai_runs.created_at), '[]')
      from public.ai_runs
      where ai_runs.reply_job_id = v_job.id
    )
  );
end;
$$;

comment on function public.explain_answer is
'Why the AI said what it said (U5), by the id of its answer, of a customer''s question, or of a run:
the turn and every run of it with what was asked, history and knowledge as they were then, gate,
rule, outcome, model, calls, tools, cost and labels. A turn that no worker reached in time has no
run. PT403, PT404.';
revoke all on function public.explain_answer from public, anon, authenticated, service_role;
grant execute on function public.explain_answer to authenticated, service_role;
