-- Nothing is merged: a visitor who turns out to be a customer we know moves there with what they
-- have open, and what moved is written down.
create or replace function private.attach_visitor(
  p_channel_id uuid,
  p_visitor_id uuid,
  p_user_id text
)
returns uuid
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_visitor jsonb := jsonb_build_array(
    jsonb_build_object('kind', 'visitor', 'value', p_visitor_id)
  );
  v_external jsonb := jsonb_build_array(
    jsonb_build_object('kind', 'external', 'value', p_user_id)
  );
  v_own_id uuid;
  v_known_id uuid;
begin
  perform private.lock_identities(p_channel_id, v_visitor || v_external);
  v_own_id := private.find_customer(p_channel_id, v_visitor);
  v_known_id := private.find_customer(p_channel_id, v_external);
  if v_own_id = v_known_id then
    update public.customer_identities
    set is_verified = true
    where customer_identities.channel_id = p_channel_id
      and customer_identities.kind = 'external'
      and customer_identities.value = p_user_id
      and not customer_identities.is_verified;
    return v_known_id;
  end if;

  if v_own_id is not null then
    perform private.require_nobody_else(p_channel_id, v_own_id, v_known_id is not null);
  end if;
  if v_own_id is not null and v_known_id is not null then
    perform private.move_visitor(p_channel_id, p_visitor_id, v_own_id, v_known_id);
    return private.attach_visitor(p_channel_id, p_visitor_id, p_user_id);
  end if;

  v_known_id := private.upsert_customer(p_channel_id, v_external || v_visitor);
  return private.attach_visitor(p_channel_id, p_visitor_id, p_user_id);
end;
$$;

comment on function private.attach_visitor is
'Links a visitor to the customer with this proven user id and returns that customer: theirs, a
known one, or a new one. PT409 when the visitor is somebody else already.';
revoke all on function private.attach_visitor from public;
grant execute on function private.attach_visitor to service_role;
