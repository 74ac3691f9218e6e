create or replace function private.show_delivery(p_delivery private.deliveries)
returns void
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_state text := private.shown_state(p_delivery);
begin
  update public.messages
  set delivery_status = v_state, updated_at = clock_timestamp()
  where messages.id = p_delivery.message_id
    and messages.delivery_status is distinct from v_state;

  if p_delivery.state in ('failed', 'dead') then
    perform private.record_metric(
      'delivery_failed', 1, p_delivery.conversation_id, p_delivery.channel_type,
      jsonb_build_object('code', p_delivery.error_code)
    );
    if p_delivery.channel_type = 'email' and private.is_hard_bounce(p_delivery.error_code) then
      perform private.suppress_address(p_delivery.id);
    end if;
  end if;
end;
$$;

comment on function private.show_delivery is
'Shows the best state of a message''s deliveries on it, counts failures, and notes the address of a
mail that there is none.';
revoke all on function private.show_delivery from public;
grant execute on function private.show_delivery to service_role;
