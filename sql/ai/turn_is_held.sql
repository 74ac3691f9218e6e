create or replace function private.turn_is_held(
  p_job private.reply_jobs,
  p_worker text,
  p_attempt integer
)
returns boolean
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return p_job.state = 'running'
    and p_job.worker = p_worker
    and p_job.attempt = p_attempt
    and (p_job.is_shadow or exists (
      select 1
      from public.conversations
      where conversations.id = p_job.conversation_id
        and conversations.epoch = p_job.epoch
        and conversations.ai_mode = 'auto'
    ));
end;
$$;

comment on function private.turn_is_held is
'Whether this claim may still write: same worker, same attempt, nobody took the conversation (I7,
I8); in shadow people have it from the start.';
revoke all on function private.turn_is_held from public;
grant execute on function private.turn_is_held to service_role;
