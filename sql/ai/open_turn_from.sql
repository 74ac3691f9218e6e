create or replace function private.open_turn_from(p_conversation_id uuid, p_since timestamptz)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_job_id uuid;
begin
  perform private.open_reply_jobs(private.unanswered_messages(p_conversation_id));
  update private.reply_jobs
  set not_before = p_since + private.debounce(), deadline = p_since + interval '6 seconds'
  where reply_jobs.conversation_id = p_conversation_id and reply_jobs.state = 'waiting'
  returning reply_jobs.id into v_job_id;

  if found then
    perform private.broadcast(
      array['worker'], array['reply_jobs'],
      array[jsonb_build_object('delay_ms', private.milliseconds(private.debounce()))]
    );
  end if;
  return v_job_id;
end;
$$;

comment on function private.open_turn_from is
'Opens the AI''s turn for what nobody has answered, with its six seconds from p_since on: whoever
asked long ago has waited for something else until then. Null where there is nothing to answer, or
people own the conversation.';
revoke all on function private.open_turn_from from public;
grant execute on function private.open_turn_from to service_role;
