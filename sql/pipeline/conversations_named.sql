create or replace function private.conversations_named(p_channel_id uuid, p_references jsonb)
returns text[]
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_reference text;
  v_conversation_id uuid;
  v_found text[] := '{}';
begin
  if jsonb_typeof(p_references) is distinct from 'array' then
    return v_found;
  end if;

  -- One look-up each, so that every plan goes by the whole key, however young the statistics.
  for v_reference in
    select named.id
    from jsonb_array_elements_text(p_references) with ordinality as named (id, place)
    order by named.place
    limit 50
  loop
    select messages.conversation_id into v_conversation_id
    from public.messages
    where messages.channel_id = p_channel_id and messages.external_message_id = v_reference;

    if not found then
      select deliveries.conversation_id into v_conversation_id
      from private.deliveries
      where deliveries.channel_id = p_channel_id and deliveries.external_id = v_reference;
    end if;
    if v_conversation_id is not null then
      v_found := v_found || v_conversation_id::text;
    end if;
  end loop;
  return v_found;
end;
$$;

comment on function private.conversations_named is
'The conversations of the mails with these Message-IDs, received or sent, in their order.';
revoke all on function private.conversations_named from public;
grant execute on function private.conversations_named to service_role;
