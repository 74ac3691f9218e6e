create or replace function private.retry_item(p_id bigint)
returns text
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_item private.rejected_items;
  v_result jsonb;
begin
  update private.rejected_items
  set resolved_at = clock_timestamp(), attempts = rejected_items.attempts + 1
  where rejected_items.id = p_id and rejected_items.resolved_at is null
  returning * into v_item;

  if not found then
    raise exception using
      errcode = 'PT404',
      message = format('no rejected item %s', p_id);
  end if;

  v_result := private.ingest_events(
    v_item.channel_type, '{}', '[]', jsonb_build_array(jsonb_build_array(v_item.item)),
    array[null::text], array[v_item.inbound_id]
  );
  return case
    when (v_result ->> 'rejected')::integer > 0 then 'rejected'
    when exists (
      select 1
      from private.rejected_items
      where rejected_items.id > p_id and rejected_items.is_parked
        and rejected_items.item = v_item.item
    ) then 'parked'
    else 'done'
  end;
end;
$$;

comment on function private.retry_item is
'Takes a rejected event in again, once its cause is gone; done, rejected anew, or parked until
the message it is about comes. PT404.';
revoke all on function private.retry_item from public;
grant execute on function private.retry_item to service_role;
