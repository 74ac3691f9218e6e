create or replace function private.store_secret(
  p_channel_id uuid,
  p_name text,
  p_value bytea,
  p_overlap interval default '24 hours'
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_id uuid;
begin
  perform private.require_value(p_channel_id, p_value);
  perform private.retire_secret(p_channel_id, p_name, p_overlap);
  insert into private.channel_secrets (channel_id, name, value)
  values (p_channel_id, p_name, p_value)
  returning id into v_id;
  perform private.try_anew(p_channel_id);
  perform private.audit(
    'store_secret', 'channel', p_channel_id::text, jsonb_build_object('name', p_name)
  );
  return v_id;
end;
$$;

comment on function private.store_secret is
'Keeps an encrypted secret of an account as the newest of its name; the one before stays good for so
long, and an account that was refused is tried at once. PT400, PT404.';
revoke all on function private.store_secret from public;
grant execute on function private.store_secret to service_role;
