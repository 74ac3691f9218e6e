create or replace function private.secrets_after(p_id uuid, p_limit integer default 100)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'id', channel_secrets.id, 'value', encode(channel_secrets.value, 'base64')
  )
  from private.channel_secrets
  where p_id is null or channel_secrets.id > p_id
  order by channel_secrets.id
  limit p_limit;
$$;

comment on function private.secrets_after is
'Every secret kept, a page at a time, to be encrypted with another key.';
revoke all on function private.secrets_after from public;
grant execute on function private.secrets_after to service_role;
