create or replace function private.drop_empty_turn(p_conversation_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_cancelled jsonb[];
begin
  with dropped as (
    update private.reply_jobs
    set
      state = 'cancelled',
      outcome = 'superseded',
      reason = 'taken_back',
      lease_until = null,
      finished_at = clock_timestamp()
    where reply_jobs.conversation_id = p_conversation_id
      and reply_jobs.state in ('waiting', 'running')
      and not exists (
        select 1
        from public.messages
        where messages.conversation_id = p_conversation_id
          and messages.seq between reply_jobs.first_seq and reply_jobs.last_seq
          and messages.calls_for_answer
          and messages.deleted_at is null
      )
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select array_agg(jsonb_build_object(
    'job_id', dropped.id, 'conversation_id', dropped.conversation_id, 'attempt', dropped.attempt
  ))
  into v_cancelled
  from dropped;
  perform private.ring_cancel(v_cancelled);
end;
$$;

comment on function private.drop_empty_turn is
'Ends the AI''s turn when the customer has taken back everything it asked.';
revoke all on function private.drop_empty_turn from public;
grant execute on function private.drop_empty_turn to service_role;
