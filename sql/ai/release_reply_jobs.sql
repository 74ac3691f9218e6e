-- Conversations first and in the order of all others, then their turns: a batch of messages locks
-- turns in the order in which it comes upon them.
create or replace function private.release_reply_jobs(p_worker text)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_conversations uuid[];
  v_count integer;
begin
  select array_agg(locked.id) into v_conversations
  from (
    select conversations.id
    from public.conversations
    where conversations.id in (
      select reply_jobs.conversation_id
      from private.reply_jobs
      where reply_jobs.worker = p_worker and reply_jobs.state = 'running'
    )
    order by conversations.id
    for no key update
  ) as locked;

  update private.reply_jobs
  set
    state = 'waiting', worker = null, lease_until = null, attempt = reply_jobs.attempt + 1,
    not_before = clock_timestamp()
  where reply_jobs.worker = p_worker
    and reply_jobs.state = 'running'
    and reply_jobs.conversation_id = any (v_conversations);
  get diagnostics v_count = row_count;

  perform private.broadcast(array['worker'], array['reply_jobs'], array['{"delay_ms": 0}'::jsonb])
  where v_count > 0;
  return v_count;
end;
$$;

comment on function private.release_reply_jobs is
'A worker that stops gives its open turns back, at once for others; returns how many.';
revoke all on function private.release_reply_jobs from public;
grant execute on function private.release_reply_jobs to service_role;
