create or replace function private.tokens_due(p_type text)
returns setof jsonb
language sql
stable
security invoker
set search_path = ''
as $$
  select jsonb_build_object(
    'channel_id', channels.id,
    'account', channels.account,
    'issued_at', channel_secrets.updated_at,
    'expires_at', coalesce(
      channels.token_expires_at, channel_secrets.updated_at + interval '60 days'
    )
  )
  from public.channels
  join private.channel_secrets
    on channel_secrets.channel_id = channels.id
    and channel_secrets.name = 'access_token'
    and channel_secrets.retired_at is null
  where channels.type = p_type
    and channels.is_enabled
    and coalesce(channels.options ->> 'login', 'instagram') = 'instagram'
  order by channels.id;
$$;

comment on function private.tokens_due is
'The stored access tokens of a type of channel that its own login gave, since when and until when
each is good; one of which nobody said it lives sixty days, as Instagram''s do.';
revoke all on function private.tokens_due from public;
grant execute on function private.tokens_due to service_role;
