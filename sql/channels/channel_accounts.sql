create or replace function private.channel_accounts()
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'channel_id', channels.id,
    'type', channels.type,
    'account', channels.account,
    'options', channels.options,
    'secrets', jsonb_agg(
      jsonb_build_object(
        'id', channel_secrets.id,
        'name', channel_secrets.name,
        'value', encode(channel_secrets.value, 'base64'),
        'retired_at', channel_secrets.retired_at
      )
      order by channel_secrets.name, channel_secrets.updated_at desc
    )
  )
  from public.channels
  join private.channel_secrets on channels.id = channel_secrets.channel_id
  where channels.is_enabled
    and (channel_secrets.retired_at is null or channel_secrets.retired_at > clock_timestamp())
  group by channels.id
  order by channels.type, channels.account;
$$;

comment on function private.channel_accounts is
'The accounts whose secrets are kept here, each {channel_id, type, account, options, secrets: [{id,
name, value (encrypted, base64), retired_at}]}, the newest secret of a name first.';
revoke all on function private.channel_accounts from public;
grant execute on function private.channel_accounts to service_role;
