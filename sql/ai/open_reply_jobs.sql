-- A newer message joins the open turn: it fences whatever is being generated, waits a moment for
-- more, and leaves the first message's deadline as it is.
create or replace function private.open_reply_jobs(p_messages public.messages[])
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_opened integer;
  v_cancelled jsonb[];
begin
  perform private.decline_turns(p_messages);
  if p_messages[1].channel_type = 'email' then
    perform private.curb_answers(p_messages);
  end if;
  with opened as (
    insert into private.reply_jobs (
      conversation_id, first_message_id, first_seq, last_seq, epoch, is_shadow, not_before, deadline
    )
    select
      asked.conversation_id, asked.first_message_id, asked.first_seq, asked.last_seq, asked.epoch,
      asked.is_shadow, asked.asked_at + private.debounce(), asked.asked_at + interval '6 seconds'
    from private.questions_in(p_messages) as asked
    on conflict (conversation_id) where state in ('waiting', 'running') do update
      set
        last_seq = excluded.last_seq,
        (epoch, is_shadow) = row(excluded.epoch, excluded.is_shadow),
        state = 'waiting',
        attempt = reply_jobs.attempt + 1,
        worker = null,
        lease_until = null,
        not_before = least(
          clock_timestamp() + private.debounce(), reply_jobs.deadline - interval '4.5 seconds'
        )
    returning reply_jobs.id, reply_jobs.conversation_id, reply_jobs.attempt
  )

  select
    count(*),
    array_agg(
      jsonb_build_object(
        'job_id', opened.id, 'conversation_id', opened.conversation_id, 'attempt', opened.attempt
      )
    ) filter (where opened.attempt > 1)
  into v_opened, v_cancelled
  from opened;
  perform private.ring_cancel(v_cancelled);
  return v_opened;
end;
$$;

comment on function private.open_reply_jobs is
'Opens or extends the AI''s turn for customer messages that call for an answer; returns how many.';
revoke all on function private.open_reply_jobs from public;
grant execute on function private.open_reply_jobs to service_role;
