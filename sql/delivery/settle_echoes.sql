-- Platforms echo what we send ourselves, often before they answer the send. Such an echo is proof
-- that the message went out, and no person speaking: it must not silence the AI. A part of several
-- is proof of itself alone: it waits for the answer to the whole.
create or replace function private.settle_echoes(p_channel_id uuid, p_echoes jsonb)
returns text[]
language plpgsql
volatile
security invoker
set search_path = ''
as $$
declare
  v_echo jsonb;
  v_delivery_id uuid;
  v_own text[] := '{}';
begin
  perform 1
  from public.conversations
  where conversations.channel_id = p_channel_id
    and conversations.customer_id in (
      select private.find_customer(p_channel_id, echoes.item -> 'identities')
      from jsonb_array_elements(p_echoes) as echoes (item)
    )
  order by conversations.id
  for no key update;

  for v_echo in
    select echoes.item
    from jsonb_array_elements(p_echoes) with ordinality as echoes (item, place)
    order by echoes.place
  loop
    v_delivery_id := coalesce(
      private.delivery_of(p_channel_id, v_echo ->> 'external_id', v_echo ->> 'tracker'),
      private.delivery_like(p_channel_id, v_echo)
    );
    if v_delivery_id is not null or v_echo #> '{metadata,own_app}' = 'true' then
      v_own := v_own || (v_echo ->> 'external_id');
      perform private.apply_receipts(p_channel_id, jsonb_build_array(jsonb_build_object(
        'external_id', v_echo ->> 'external_id', 'status', 'sent',
        'tracker', case when private.is_whole(v_delivery_id, v_echo) then v_delivery_id end,
        'occurred_at', v_echo ->> 'occurred_at'
      )));
    end if;
  end loop;
  return v_own;
end;
$$;

comment on function private.settle_echoes is
'The external ids of those echoes that are of our own sends; each counts as the receipt sent (U4).';
revoke all on function private.settle_echoes from public;
grant execute on function private.settle_echoes to service_role;
