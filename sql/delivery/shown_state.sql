create or replace function private.shown_state(p_delivery private.deliveries)
returns text
language plpgsql
stable
security invoker
set search_path = ''
as $$
begin
  return (
    select case deliveries.state when 'sending' then 'queued' else deliveries.state end
    from private.deliveries
    where deliveries.message_id = p_delivery.message_id
    order by array_position(
      '{read,delivered,sent,queued,sending,unknown,failed,dead}', deliveries.state::text
    )
    limit 1
  );
end;
$$;

comment on function private.shown_state is
'What a message shows of its deliveries: the best of them.';
revoke all on function private.shown_state from public;
grant execute on function private.shown_state to service_role;
