-- Whoever changed hands raised the epoch already; this only gives the turn its final state.
create or replace function private.close_reply_jobs(p_messages public.messages[])
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with closing as (
    select
      messages.conversation_id,
      case
        when messages.sender_type = 'agent' then 'taken_over'
        when messages.metadata ->> 'event' = 'taken_over' then 'taken_over'
        when messages.metadata ->> 'event' = 'handed_over' then 'handed_over'
        when messages.metadata ->> 'event' in ('resolved', 'given_back') then 'superseded'
      end as outcome,
      messages.metadata ->> 'reason' as reason
    from unnest(p_messages) as messages
    where (messages.sender_type = 'agent' and not messages.is_private)
      or messages.sender_type = 'system'
  ),

  closed as (
    update private.reply_jobs
    set
      state = case when closing.outcome = 'handed_over' then 'done' else 'cancelled' end,
      outcome = closing.outcome,
      reason = closing.reason,
      lease_until = null,
      finished_at = clock_timestamp()
    from closing
    where reply_jobs.conversation_id = closing.conversation_id
      and closing.outcome is not null and not reply_jobs.is_shadow
      and reply_jobs.state in ('waiting', 'running')
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(
    jsonb_build_object(
        'job_id', closed.id, 'conversation_id', closed.conversation_id, 'attempt', closed.attempt
      )
  )
  into v_cancelled
  from closed;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.close_reply_jobs is
'Ends the open turn of a conversation that a person answered, took, was handed or resolved.';
revoke all on function private.close_reply_jobs from public;
grant execute on function private.close_reply_jobs to service_role;
