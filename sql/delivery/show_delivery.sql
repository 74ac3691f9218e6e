create or replace function private.show_delivery(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
begin
  update public.messages
  set delivery_status = p_delivery.state, updated_at = clock_timestamp()
  where messages.id = p_delivery.message_id
    and p_delivery.content is null
    and messages.delivery_status is distinct from p_delivery.state;

  if p_delivery.state in ('failed', 'dead') then
    perform private.record_metric(
      'delivery_failed', 1, p_delivery.conversation_id, p_delivery.channel_type,
      jsonb_build_object('code', p_delivery.error_code)
    );
  end if;
end;
$$;

comment on function private.show_delivery is
'Shows a delivery''s new state on its message, unless it carries words of its own, and counts
failures.';
revoke all on function private.show_delivery from public;
grant execute on function private.show_delivery to service_role;
