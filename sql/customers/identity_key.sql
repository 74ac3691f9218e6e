create or replace function private.identity_key(p_channel_id uuid, p_identity jsonb)
returns bigint
language sql
immutable
security invoker
set search_path = ''
as $$
  select hashtextextended(
    concat_ws(' ', p_channel_id, p_identity ->> 'kind', p_identity ->> 'value'), 0
  );
$$;

comment on function private.identity_key is
'The number under which an identity ({kind, value}) is locked while its customer is being made.';
revoke all on function private.identity_key from public;
grant execute on function private.identity_key to service_role;
