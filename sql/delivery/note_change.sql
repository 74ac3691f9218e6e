create or replace function private.note_change()
returns trigger
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  insert into private.delivery_changes (day)
  values (date_trunc('day', old.created_at, 'UTC'));
  return null;
end;
$$;

comment on function private.note_change is
'Notes the day of a delivery that changes when its day may be summed up already.';
revoke all on function private.note_change from public;
grant execute on function private.note_change to service_role;

create trigger note_deliveries
after update of state, sent_at, delivered_at, read_at, created_at, channel_id or delete
on private.deliveries
for each row when (old.created_at < statement_timestamp() - interval '2 days')
execute function private.note_change();
