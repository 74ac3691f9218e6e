create or replace function private.set_options(p_channel_id uuid, p_options jsonb)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set options = jsonb_strip_nulls(channels.options || p_options)
  where channels.id = p_channel_id;

  if not found then
    raise exception using
      errcode = 'PT404', message = format('channel %s not found', p_channel_id);
  end if;
  perform private.audit(
    'set_options', 'channel', p_channel_id::text,
    jsonb_build_object('names', to_jsonb(array(select jsonb_object_keys(p_options) order by 1)))
  );
end;
$$;

comment on function private.set_options is
'Sets options of an account; null removes one. PT404.';
revoke all on function private.set_options from public;
grant execute on function private.set_options to service_role;
