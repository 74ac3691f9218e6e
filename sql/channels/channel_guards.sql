create or replace function private.channel_guards()
returns jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select coalesce(jsonb_object_agg(guards.type, guards.rules), '{}')
  from (
    select
      channels.type,
      jsonb_build_object(
        'addresses', case when bool_and(channels.allowed_addresses <> '{}') then
          (jsonb_path_query_array(
            jsonb_agg(channels.allowed_addresses), '$[*][*]'
          ))
        else '[]' end,
        'rate', case when bool_and(channels.rate_per_minute is not null)
          then sum(channels.rate_per_minute) end
      ) as rules
    from public.channels
    where channels.is_enabled
    group by channels.type
  ) as guards;
$$;

comment on function private.channel_guards is
'From where, and how many a minute, webhooks of each type are taken: {type: {addresses, rate}}. For
whose account one is shows only when it is read, so a type is limited where all its accounts are.';
revoke all on function private.channel_guards from public;
grant execute on function private.channel_guards to service_role;
