create or replace function public.generate_ai_response(p_conversation_id uuid)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_messages public.messages[];
begin
  perform private.lock_conversation(p_conversation_id);
  v_messages := private.unanswered_messages(p_conversation_id);

  if cardinality(v_messages) = 0 then
    raise exception using
      errcode = 'PT409',
      message = format('conversation %s waits for no answer', p_conversation_id);
  end if;

  perform private.open_reply_jobs(v_messages);
  return (
    select reply_jobs.id
    from private.reply_jobs
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.state in ('waiting', 'running')
  );
end;
$$;

comment on function public.generate_ai_response is
'Opens the AI''s turn for what the customer last said; returns the job, or null when people own the
conversation. The worker answers; nothing here waits for it. PT404, PT409.';
revoke all on function public.generate_ai_response from public, anon, authenticated, service_role;
grant execute on function public.generate_ai_response to service_role;
