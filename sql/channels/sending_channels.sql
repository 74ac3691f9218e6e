create or replace function private.sending_channels(p_types text[], p_accounts text[] default null)
returns uuid[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(channels.id), '{}')
    from public.channels
    where channels.type = any (p_types)
      and channels.is_enabled
      and channels.retry_at is null
      and coalesce(channels.paused_until <= statement_timestamp(), true)
      and (p_accounts is null or channels.account = any (p_accounts))
  );
end;
$$;

comment on function private.sending_channels is
'The channels of these types, of these accounts of theirs or (null) of all, that may send now: the
platform neither refuses our account nor asks it to wait.';
revoke all on function private.sending_channels from public;
grant execute on function private.sending_channels to service_role;
