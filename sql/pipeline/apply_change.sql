create or replace function private.apply_change(p_channel_id uuid, p_item jsonb)
returns boolean
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_message public.messages;
begin
  select messages.* into v_message
  from public.messages
  where messages.channel_id = p_channel_id
    and messages.external_message_id = p_item ->> 'target_id'
  for no key update;

  if not found then
    return false;
  end if;

  case p_item ->> 'kind'
    when 'reaction' then perform private.apply_reaction(v_message, p_item);
    when 'edit' then perform private.apply_edit(v_message, p_item);
    else perform private.apply_revoke(v_message);
  end case;
  return true;
end;
$$;

comment on function private.apply_change is
'Applies a reaction, edit or revoke to the message it is about; false when that is not here.';
revoke all on function private.apply_change from public;
grant execute on function private.apply_change to service_role;
