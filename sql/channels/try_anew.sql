create or replace function private.try_anew(p_channel_id uuid)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set retry_at = clock_timestamp(), refusals = 0
  where channels.id = p_channel_id and channels.retry_at is not null;
end;
$$;

comment on function private.try_anew is
'An account that was refused is set anew: the next message tries it at once, and the platform is
believed when it takes it.';
revoke all on function private.try_anew from public;
grant execute on function private.try_anew to service_role;
