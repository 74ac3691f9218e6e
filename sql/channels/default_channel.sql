create or replace function private.default_channel(p_type text)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_channel_id uuid;
begin
  perform private.check_channel_type(coalesce(p_type, 'null'));
  select channels.id into v_channel_id
  from public.channels
  where channels.type = p_type and channels.is_enabled
  order by channels.created_at, channels.id
  limit 1;
  return coalesce(v_channel_id, private.register_channel(p_type, 'default', p_type));
end;
$$;

comment on function private.default_channel is
'The first enabled channel of a type, made when there is none; PT400 for an unknown type.';
revoke all on function private.default_channel from public;
grant execute on function private.default_channel to service_role;
