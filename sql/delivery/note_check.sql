create or replace function private.note_check(
  p_channel public.channels,
  p_state text,
  p_fault text
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
    checked_at = case
      when p_state = 'silent' then channels.checked_at else clock_timestamp()
    end,
    failed_checks = case when p_fault is null then 0 else channels.failed_checks + 1 end,
    check_at = clock_timestamp() + case
      when p_fault is null then interval '5 minutes'
      else private.probe_delay(channels.failed_checks + 1)
    end,
    last_error_at = case
      when p_fault is null then channels.last_error_at else clock_timestamp()
    end,
    last_error = case when p_fault is null then channels.last_error else left(p_fault, 500) end
  where channels.id = p_channel.id;

  if p_fault is null and p_channel.status = 'unknown' then
    perform private.find_channel(p_channel.id);
  end if;
end;
$$;

comment on function private.note_check is
'Keeps when a platform was asked about our account, what fault it found, and when it is asked next:
soon while it finds any (R70).';
revoke all on function private.note_check from public;
grant execute on function private.note_check to service_role;
