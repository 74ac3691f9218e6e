create or replace function private.give_up_parked()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_count integer;
begin
  update private.rejected_items
  set is_parked = false
  where rejected_items.is_parked
    and rejected_items.resolved_at is null
    and rejected_items.created_at < statement_timestamp() - interval '10 minutes';
  get diagnostics v_count = row_count;
  return v_count;
end;
$$;

comment on function private.give_up_parked is
'What waited ten minutes for its message becomes a dead letter that people see.';
revoke all on function private.give_up_parked from public;
grant execute on function private.give_up_parked to service_role;
