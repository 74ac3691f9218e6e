create or replace function private.retire_secret(
  p_channel_id uuid,
  p_name text,
  p_overlap interval default '0'
)
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  delete from private.channel_secrets
  where channel_secrets.channel_id = p_channel_id
    and channel_secrets.name = p_name
    and channel_secrets.retired_at < clock_timestamp();

  update private.channel_secrets
  set retired_at = clock_timestamp() + p_overlap
  where channel_secrets.channel_id = p_channel_id
    and channel_secrets.name = p_name
    and coalesce(channel_secrets.retired_at, 'infinity') > clock_timestamp() + p_overlap;
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.retire_secret is
'Ends the secrets of a name after so long (at once by default); returns how many. What ended before
is gone.';
revoke all on function private.retire_secret from public;
grant execute on function private.retire_secret to service_role;
