-- What is being generated answers other words than those that stand there now. A turn that waits is
-- met as well: it may be in the middle of being claimed, with the former words.
create or replace function private.redo_turn(p_message public.messages)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with redone as (
    update private.reply_jobs
    set
      state = 'waiting',
      attempt = reply_jobs.attempt + 1,
      worker = null,
      lease_until = null,
      not_before = least(
        clock_timestamp() + private.debounce(), reply_jobs.deadline - interval '4.5 seconds'
      )
    where reply_jobs.conversation_id = p_message.conversation_id
      and reply_jobs.state in ('waiting', 'running')
      and p_message.seq between reply_jobs.first_seq and reply_jobs.last_seq
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(jsonb_build_object(
    'job_id', redone.id, 'conversation_id', redone.conversation_id, 'attempt', redone.attempt
  ))
  into v_cancelled
  from redone;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.redo_turn is
'Fences the open turn that asks a message which was edited or taken back, so that it is claimed
anew with the words that stand now; its deadline stays.';
revoke all on function private.redo_turn from public;
grant execute on function private.redo_turn to service_role;
