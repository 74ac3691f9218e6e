create or replace function private.replace_value(p_id uuid, p_old text, p_new text)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update private.channel_secrets
  set value = decode(p_new, 'base64')
  where channel_secrets.id = p_id and channel_secrets.value = decode(p_old, 'base64');
  return found;
end;
$$;

comment on function private.replace_value is
'The same secret encrypted anew (both in base64); false when it was changed or removed meanwhile.';
revoke all on function private.replace_value from public;
grant execute on function private.replace_value to service_role;
