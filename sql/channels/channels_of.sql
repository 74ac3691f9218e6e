create or replace function private.channels_of(p_types text[], p_accounts text[] default null)
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
      and (p_accounts is null or channels.account = any (p_accounts))
  );
end;
$$;

comment on function private.channels_of is
'The channels of these types, of these accounts of theirs or (null) of all.';
revoke all on function private.channels_of from public;
grant execute on function private.channels_of to service_role;
