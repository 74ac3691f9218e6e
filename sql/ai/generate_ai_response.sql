-- A turn that is open already asks all that is unanswered: it is left at work, with its deadline.
create or replace function public.generate_ai_response(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job_id uuid;
begin
  perform private.lock_conversation(p_conversation_id);
  if cardinality(private.unanswered_messages(p_conversation_id)) = 0 then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s waits for no answer', p_conversation_id);
  end if;

  select reply_jobs.id into v_job_id
  from private.reply_jobs
  where reply_jobs.conversation_id = p_conversation_id
    and reply_jobs.state in ('waiting', 'running');
  return coalesce(v_job_id, private.open_turn_from(p_conversation_id, clock_timestamp()));
end;
$$;

comment on function public.generate_ai_response is
'Opens the AI''s turn for what the customer last said, with six seconds from now on; returns the
job, also one that is open already, or null when people own the conversation. The worker answers;
nothing here waits for it. PT404, PT409.';
revoke all on function public.generate_ai_response from public, anon, authenticated, service_role;
grant execute on function public.generate_ai_response to service_role;
