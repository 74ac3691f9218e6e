-- One event that is refused must not take back what came beside it: it stays a dead letter, with
-- what was wrong with it now.
create or replace function private.take_in_strangers()
returns integer
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_id bigint;
  v_count integer := 0;
begin
  for v_id in
    select rejected_items.id
    from private.rejected_items
    inner join public.channels
      on channels.type = rejected_items.channel_type
      and channels.account = rejected_items.item ->> 'account'
    where rejected_items.channel_id is null and rejected_items.resolved_at is null
      and rejected_items.reason like 'unknown account%'
      and rejected_items.created_at > clock_timestamp() - interval '1 hour'
    order by rejected_items.id
    limit 100
    for update of rejected_items skip locked
  loop
    begin
      v_count := v_count + (private.retry_item(v_id) <> 'rejected')::integer;
    exception
      when transaction_rollback or insufficient_resources then
        raise;
      when others then
        update private.rejected_items
        set reason = left(sqlerrm, 1000), attempts = rejected_items.attempts + 1
        where rejected_items.id = v_id;
    end;
  end loop;
  return v_count;
end;
$$;

comment on function private.take_in_strangers is
'Takes in the events of the last hour whose account has been registered since: the first webhook may
come before the process that takes it has registered its accounts (I9). Returns how many; older ones
wait for a person.';
revoke all on function private.take_in_strangers from public;
grant execute on function private.take_in_strangers to service_role;
