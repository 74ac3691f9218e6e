create or replace function private.check_priority(p_priority text)
returns void
language plpgsql
immutable
security invoker
set search_path = ''
as $$
begin
  perform private.refuse_unless(
    p_priority in ('low', 'normal', 'high', 'urgent'),
    format('unknown priority %s', left(p_priority, 40)), 'low, normal, high or urgent'
  );
end;
$$;

comment on function private.check_priority is
'Refuses what is no priority with PT400; null passes.';
revoke all on function private.check_priority from public;
grant execute on function private.check_priority to authenticated, service_role;
