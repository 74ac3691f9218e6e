create or replace function private.delivery_of(
  p_channel_id uuid,
  p_external_id text,
  p_tracker text
)
returns uuid
language plpgsql
stable
security invoker
set search_path = ''
as $$
declare
  v_delivery_id uuid;
begin
  select deliveries.id into v_delivery_id
  from private.deliveries
  where deliveries.channel_id = p_channel_id and deliveries.external_id = p_external_id;

  if v_delivery_id is null then
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.part_ids <> '{}'
      and deliveries.part_ids @> array[p_external_id]
      and deliveries.channel_id = p_channel_id;
  end if;

  if v_delivery_id is null
    and pg_input_is_valid(p_tracker, 'uuid') then
    select deliveries.id into v_delivery_id
    from private.deliveries
    where deliveries.id = p_tracker::uuid and deliveries.channel_id = p_channel_id;
  end if;
  return v_delivery_id;
end;
$$;

comment on function private.delivery_of is
'The delivery a receipt is about, by the platform''s id or by our own id that it carried back.';
revoke all on function private.delivery_of from public;
grant execute on function private.delivery_of to service_role;
