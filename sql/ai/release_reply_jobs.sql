create or replace function private.release_reply_jobs(p_worker text)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update private.reply_jobs
  set
    state = 'waiting', worker = null, lease_until = null, attempt = reply_jobs.attempt + 1,
    not_before = clock_timestamp()
  where reply_jobs.id in (
    select claimed.id
    from private.reply_jobs as claimed
    where claimed.worker = p_worker and claimed.state = 'running'
    order by claimed.conversation_id
    for update
  );
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
