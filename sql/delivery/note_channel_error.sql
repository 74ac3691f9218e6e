create or replace function private.note_channel_error(
  p_channel_id uuid,
  p_kind text,
  p_code text,
  p_reason text
)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.channels
  set
    last_error_at = clock_timestamp(),
    last_error = left(concat_ws(' ', p_code, p_reason), 500)
  where channels.id = p_channel_id
    and (
      channels.last_error_at is null
      or channels.last_error_at < clock_timestamp() - interval '1 second'
    );

  if found then
    insert into private.channel_events (channel_id, kind, data)
    values (
      p_channel_id, p_kind,
      jsonb_strip_nulls(jsonb_build_object('code', p_code, 'error', left(p_reason, 500)))
    );
  end if;
end;
$$;

comment on function private.note_channel_error is
'Keeps an error of a platform (in_error, out_error), at most one a second for a channel (R70).';
revoke all on function private.note_channel_error from public;
grant execute on function private.note_channel_error to service_role;
