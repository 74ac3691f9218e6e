create or replace function private.explain_run(p_run public.ai_runs)
returns jsonb
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'run_id', p_run.id, 'attempt', p_run.attempt, 'at', p_run.created_at,
    'outcome', p_run.outcome, 'reason', p_run.reason, 'error', p_run.error,
    'message_id', p_run.message_id,
    'asked', jsonb_build_object(
      'question', p_run.question,
      'language', p_run.seen -> 'language',
      'instructions', private.run_text(p_run.seen ->> 'instructions'),
      'history', private.explain_history(p_run),
      'knowledge', private.explain_knowledge(p_run.seen -> 'knowledge'),
      'looked_up', coalesce(p_run.seen -> 'looked_up', '[]')
    ),
    'reply', p_run.reply, 'sources', p_run.sources, 'model', p_run.model, 'wire', p_run.wire,
    'gate', jsonb_build_object(
      'confidence', p_run.confidence, 'fit', p_run.fit, 'threshold', p_run.threshold
    ) || (p_run.setting - 'rule'),
    'rule', p_run.setting -> 'rule', 'facts', p_run.facts,
    'input_tokens', p_run.input_tokens, 'output_tokens', p_run.output_tokens,
    'is_estimated', p_run.is_estimated, 'latency_ms', p_run.latency_ms,
    'calls', (
      select coalesce(jsonb_agg(
        to_jsonb(ai_calls) - '{id,run_id,conversation_id,purpose}'::text[] order by ai_calls.id
      ), '[]')
      from public.ai_calls
      where ai_calls.run_id = p_run.id
    ),
    'tools', private.explain_tools(p_run.reply_job_id, p_run.attempt),
    'labels', (
      select coalesce(jsonb_agg(
        to_jsonb(ai_labels) - '{id,run_id,message_id}'::text[] order by ai_labels.created_at
      ), '[]')
      from public.ai_labels
      where ai_labels.run_id = p_run.id
    )
  );
end;
$$;

comment on function private.explain_run is
'One run as explain_answer shows it.';
revoke all on function private.explain_run from public;
grant execute on function private.explain_run to authenticated, service_role;
