create or replace function private.blank_traces(p_conversation_ids uuid[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update public.ai_runs
  set
    question = null, left_out = null, reply = null, reason = null, error = null, sources = '[]',
    facts = '{}', seen = '{}'
  where ai_runs.conversation_id = any (p_conversation_ids);
  get diagnostics v_count = row_count;

  perform private.blank_tool_calls(p_conversation_ids);
  perform private.forget_suggestions(p_conversation_ids);
  perform private.blank_trials(p_conversation_ids);

  update public.csat_responses
  set comment = null
  where csat_responses.conversation_id = any (p_conversation_ids);

  update public.realtime_metrics
  set metadata = realtime_metrics.metadata - 'reason'
  where realtime_metrics.conversation_id = any (p_conversation_ids);

  update private.reply_jobs
  set reason = null
  where reply_jobs.conversation_id = any (p_conversation_ids);

  delete from private.receipts
  where receipts.delivery_id in (
    select deliveries.id
    from private.deliveries
    where deliveries.conversation_id = any (p_conversation_ids)
  );

  update private.deliveries
  set
    external_id = null, error = null, error_code = null, address = null,
    content = left(deliveries.content, 0)
  where deliveries.conversation_id = any (p_conversation_ids);
  return v_count;
end;
$$;

comment on function private.blank_traces is
'Takes what was said out of the records beside the messages: model runs, ratings, measurements,
deliveries; returns how many model runs.';
revoke all on function private.blank_traces from public;
grant execute on function private.blank_traces to service_role;
