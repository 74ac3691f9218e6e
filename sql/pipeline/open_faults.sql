create or replace function private.open_faults(p_inbound_id bigint)
returns bigint
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select count(*)
    from private.rejected_items
    where rejected_items.inbound_id = p_inbound_id and rejected_items.resolved_at is null
  );
end;
$$;

comment on function private.open_faults is
'How many events of a request wait among the dead letters or parked.';
revoke all on function private.open_faults from public;
grant execute on function private.open_faults to service_role;
