create or replace function private.identity_secrets(p_channel_id uuid)
returns setof text
language sql
stable
security invoker
set search_path = ''
as $$
  select website_secrets.secret
  from private.website_secrets
  where website_secrets.channel_id = p_channel_id
    and coalesce(website_secrets.retired_at > clock_timestamp(), true)
  order by website_secrets.created_at desc;
$$;

comment on function private.identity_secrets is
'The secrets of a widget that sign today, newest first.';
revoke all on function private.identity_secrets from public;
grant execute on function private.identity_secrets to service_role;
